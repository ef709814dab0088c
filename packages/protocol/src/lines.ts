/** Chunks of an unterminated line that are kept apart before they are joined. */
const MAX_CHUNKS = 256;

/**
 * Splits text that comes in chunks of any size into lines, each ended by U+000A. What is never ended is no line: it was cut (PROTOCOL.md
 * section 2). Any number of chunks costs time and memory in proportion to their length only.
 */
export class LineSplitter {
  private _line = '';
  /** What follows `_line`. Adding each chunk to `_line` would have engines keep an object for each, even for chunks of one character. */
  private _chunks: string[] = [];
  /** UTF-16 code units after the last complete line, to be read. Whoever pushes must bound it: a line is as long as its sender likes. */
  pendingLength = 0;

  /** Takes a chunk and returns the lines that it completes, without their terminator. */
  push(chunk: string): string[] {
    const lines = chunk.split('\n');
    const rest = lines.pop() ?? '';
    const first = lines[0];
    if (first !== undefined && this.pendingLength > 0) {
      lines[0] = this._line + this._chunks.join('') + first;
      this._line = '';
      this._chunks = [];
      this.pendingLength = 0;
    }
    if (rest !== '') {
      this.pendingLength += rest.length;
      if (this._chunks.push(rest) >= MAX_CHUNKS) {
        this._line += this._chunks.join('');
        this._chunks = [];
      }
    }
    return lines;
  }
}
