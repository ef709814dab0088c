let read = (): number => Date.now();
let name = 'Date.now';
try {
  const { performance } = window;
  performance.now();
  read = () => performance.now();
  name = 'performance.now';
} catch {
  // Older than that.
}

/** Milliseconds on the best clock that the engine has. */
export const now: () => number = read;
/** Which one that is. */
export const clockName: string = name;
