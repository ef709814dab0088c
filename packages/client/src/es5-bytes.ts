/** An array of numbers with what this library needs of a `Uint8Array`. */
interface Numbers extends Array<number> {
  BYTES_PER_ELEMENT: 1;
  byteLength: number;
  subarray(from: number, to: number): Numbers;
  set(part: ArrayLike<number>, at: number): void;
}

function makeNumbers(from: number | ArrayLike<number>): Numbers {
  const numbers = [] as number[] as Numbers;
  const set = (part: ArrayLike<number> | null, length: number, at: number): void => {
    for (let index = 0; index < length; index++) numbers[at + index] = part ? (part[index] ?? 0) & 255 : 0;
  };
  if (typeof from === 'number') set(null, from, 0);
  else set(from, from.length, 0);
  numbers.BYTES_PER_ELEMENT = 1;
  numbers.byteLength = numbers.length;
  numbers.subarray = (first, end) => makeNumbers(numbers.slice(first, end));
  numbers.set = (part, at) => set(part, part.length, at);
  return numbers;
}

/**
 * What the ES5 files mean by `Uint8Array` (tsup.config.ts puts it in wherever it is named), and give to pages: the engine's own, or an array of
 * numbers. What is received is then such an array, and what is sent is made with `new Holdfast.Uint8Array([1, 2, 3])`.
 */
const Bytes: Uint8ArrayConstructor =
  typeof Uint8Array === 'undefined' ? (makeNumbers as unknown as Uint8ArrayConstructor) : Uint8Array;
export { Bytes as Uint8Array };
