/** Standard padded base64, by the browser. (The file for old ones takes the protocol's own instead: IE 9 has none.) */
export function encodeBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let index = 0; index < bytes.length; index++) binary += String.fromCharCode(bytes[index] ?? 0);
  return btoa(binary);
}

/** Bytes of standard padded base64; `null` if malformed. */
export function decodeBase64(text: string): Uint8Array | null {
  try {
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);
    for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index);
    // `atob` is lenient about spaces and padding.
    return btoa(binary) === text ? bytes : null;
  } catch {
    return null;
  }
}
