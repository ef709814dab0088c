/**
 * What this library throws. `code` says which error it is and has a heading in `docs/errors.md`; `message` says what happened and what to do
 * about it; `cause` is there if another error was the reason.
 *
 * @example
 * ```ts
 * throw new HoldfastError('ERR_CLOSED', 'The session has ended: nothing can be sent any more.');
 * ```
 */
export class HoldfastError extends Error {
  readonly code: `ERR_${string}`;

  constructor(code: `ERR_${string}`, message: string, cause?: unknown) {
    super(message);
    this.name = 'HoldfastError';
    this.code = code;
    // By hand, because engines before ES2022 ignore the second argument of `Error`.
    if (cause !== undefined) (this as { cause?: unknown }).cause = cause;
  }
}
