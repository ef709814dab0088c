/** What PROTOCOL.md section 2 wants escaped in text. Its flag `g` has a memory, which is empty again after a `test` that fails. */
const UNSAFE =
  // eslint-disable-next-line no-control-regex -- control characters are the point
  /[\\\u0000-\u0008\u000a-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff0-\uffff]/g;

/** ASCII of which {@link UNSAFE} finds nothing. Anchored, it is the fastest of its kind. */
const PLAIN = /^[\t -[\]-~]*$/;

/** The same, or with backslashes. The end is bounded: a star there would try each way to share out the characters between the two. */
const PLAIN_BY_FOURS = /^(?:[\t -~][\t -~][\t -~][\t -~])*[\t -~]{0,3}$/;

/** The same without tabs, which few texts have: a range by itself takes two thirds of the time. */
const PRINTABLE_BY_EIGHTS = /^(?:[ -~][ -~][ -~][ -~][ -~][ -~][ -~][ -~])*[ -~]{0,7}$/;

/** All before the first surrogate. Sticky instead of anchored: where it can go no further it stays, and has nothing to go back for. */
const BEFORE_SURROGATE =
  /(?:[\0-\ud7ff\ue000-\uffff][\0-\ud7ff\ue000-\uffff][\0-\ud7ff\ue000-\uffff][\0-\ud7ff\ue000-\uffff][\0-\ud7ff\ue000-\uffff][\0-\ud7ff\ue000-\uffff][\0-\ud7ff\ue000-\uffff][\0-\ud7ff\ue000-\uffff])*[\0-\ud7ff\ue000-\uffff]{0,7}/y;

const ASCII = /^[\0-\x7f]*$/;

/** A surrogate without its other half. (Lookbehind and the flag `u` are not in ES5.) */
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?:[^\ud800-\udbff]|^)[\udc00-\udfff]/;

/** UTF-8 bytes of one UTF-16 code unit; each half of a surrogate pair counts for half of the pair's 4. */
function unitBytes(unit: number): number {
  return unit < 0x80 ? 1 : unit < 0x800 || (unit & 0xf800) === 0xd800 ? 2 : 3;
}

/** Whether a low surrogate stands at `index`, so that no character begins there. */
function isInsideCharacter(text: string, index: number): boolean {
  return (text.charCodeAt(index) & 0xfc00) === 0xdc00;
}

/** Length of a well-formed text in UTF-8 bytes. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  // Engines look through a whole text ten times as fast as we can.
  if (ASCII.test(text)) return bytes;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit > 0x7f) bytes += unitBytes(unit) - 1;
  }
  return bytes;
}

/** Whether a text is well-formed, has as many bytes as code units, and needs no escapes: one look instead of three, and most texts are so. */
export function isPlain(text: string): boolean {
  return PLAIN.test(text);
}

/** {@link isPlain} for V8: three times as fast over long texts. Other engines may keep something for each step there, and run out of room. */
export function isPlainUnrolled(text: string): boolean {
  return text.indexOf('\\') < 0 && (PRINTABLE_BY_EIGHTS.test(text) || PLAIN_BY_FOURS.test(text));
}

/** Index of the first surrogate, or the length of the text. For V8, whose `isWellFormed` takes three times as long to get there. */
export function surrogateIndex(text: string): number {
  BEFORE_SURROGATE.lastIndex = 0;
  BEFORE_SURROGATE.test(text);
  return BEFORE_SURROGATE.lastIndex;
}

/** Whether a text holds no lone surrogate, so that UTF-8 can carry it. */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}

/** Escapes the content of a `t` or `T` packet (PROTOCOL.md section 2). Returns the same string if nothing needs it. */
export function escapeText(text: string): string {
  // A loop: engines take longer to call back for each.
  let escaped = '';
  let from = 0;
  while (UNSAFE.test(text)) {
    const at = UNSAFE.lastIndex - 1;
    escaped += text.slice(from, at) + escapeCharacter(text.charAt(at));
    from = at + 1;
  }
  return escaped + text.slice(from);
}

function escapeCharacter(character: string): string {
  return character === '\\'
    ? '\\\\'
    : character === '\n'
      ? '\\n'
      : character === '\r'
        ? '\\r'
        : `\\u${(character.charCodeAt(0) + 0x10000).toString(16).slice(1)}`;
}

/**
 * Takes the escapes out of the content of a `t` or `T` packet. `null` if one is malformed or stands for a surrogate; characters that the
 * sender should have escaped are taken as they are.
 */
export function unescapeText(text: string): string | null {
  let plain = '';
  let from = 0;
  for (let at; (at = text.indexOf('\\', from)) >= 0;) {
    const letter = text.charAt(at + 1);
    plain += text.slice(from, at);
    from = at + 2;
    if (letter === '\\') plain += letter;
    else if (letter === 'n') plain += '\n';
    else if (letter === 'r') plain += '\r';
    else {
      const hex = text.slice(from, from + 4);
      const unit = parseInt(hex, 16);
      if (letter !== 'u' || !/^[\da-fA-F]{4}$/.test(hex) || (unit & 0xf800) === 0xd800) return null;
      plain += String.fromCharCode(unit);
      from += 4;
    }
  }
  return plain + text.slice(from);
}

/**
 * Cuts a well-formed text by bytes: the largest index for which `text.slice(from, index)` has at most `maxBytes` UTF-8 bytes and ends
 * between two characters. Greater than `from`, if anything follows it, whenever `maxBytes` is 4 or more.
 */
export function sliceUtf8(text: string, from: number, maxBytes: number): number {
  let index = from;
  for (let bytes = 0; index < text.length; index++) {
    bytes += unitBytes(text.charCodeAt(index));
    if (bytes > maxBytes) break;
  }
  return index > from && isInsideCharacter(text, index) ? index - 1 : index;
}

/** Index of the character that begins at a UTF-8 byte offset of a well-formed text; -1 if none begins or the text doesn't end there. */
export function charIndexAt(text: string, bytes: number): number {
  let index = 0;
  let before = 0;
  while (before < bytes && index < text.length) before += unitBytes(text.charCodeAt(index++));
  return before === bytes && !isInsideCharacter(text, index) ? index : -1;
}
