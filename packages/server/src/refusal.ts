/** Made by {@link refuse}: `authorize` says no. */
export class Refusal {
  /** Told to the client. */
  readonly reason: string;
  /** When it may try again; absent if it makes no sense to. */
  readonly retryAfterMs: number | undefined;

  /** @internal */
  constructor(reason: string, retryAfterMs: number | undefined) {
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * What `authorize` returns (or throws) to refuse a client. The client gives up, and its application is told with code 4902; with
 * `retryAfterMs` it tries again after that time.
 *
 * @param reason - told to the client, so no secrets.
 * @example
 * ```ts
 * new Server({ authorize: ({ auth }) => (auth === 'open sesame' ? { name: 'Ali' } : refuse('wrong password')) });
 * ```
 */
export function refuse(reason: string, options: { readonly retryAfterMs?: number } = {}): Refusal {
  return new Refusal(reason, options.retryAfterMs);
}
