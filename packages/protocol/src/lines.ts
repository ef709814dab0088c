/** Chunks of an unterminated line that are kept apart before they are joined. */
const MAX_CHUNKS = 256;

/** Splits text that comes in chunks of any size into lines, each ended by U+000A. What is never ended is no line (PROTOCOL.md section 2). */
export class LineSplitter {
  /** Pieces of the unterminated line, and chunks that follow them: chunks of one character must not cost an object each. */
  private _pieces: string[] = [];
  private _chunks: string[] = [];
  private _pendingLength = 0;

  /** UTF-16 code units after the last complete line. Whoever pushes bounds it: a line can be as long as its carrier lets it. */
  get pendingLength(): number {
    return this._pendingLength;
  }

  /** Takes a chunk and returns the lines that it completes, without their terminator. */
  push(chunk: string): string[] {
    const lines = chunk.split('\n');
    if (lines.length > 1 && this._pendingLength > 0) {
      lines[0] = this._pieces.join('') + this._chunks.join('') + (lines[0] ?? '');
      this._pieces = [];
      this._chunks = [];
      this._pendingLength = 0;
    }
    const rest = lines.pop() ?? '';
    if (rest !== '') {
      if (lines.length > 0) this._pendingLength = 0;
      this._pendingLength += rest.length;
      if (this._chunks.push(rest) >= MAX_CHUNKS) {
        this._pieces.push(this._chunks.join(''));
        this._chunks = [];
      }
    }
    return lines;
  }
}
