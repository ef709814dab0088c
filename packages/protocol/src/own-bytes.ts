/**
 * The same bytes in memory of their own. Node's small buffers share theirs with strangers, and views of what a socket read keep all of it alive:
 * a message that waits would cost more than is counted for it.
 */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  const { buffer, byteOffset, length } = bytes;
  // A new view all the same: the application gets no Buffer, whose `slice` copies nothing.
  return length < buffer.byteLength ? new Uint8Array(bytes) : new Uint8Array(buffer, byteOffset, length);
}
