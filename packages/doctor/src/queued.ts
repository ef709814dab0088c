/** Whether a request came back only when another one, that was held, had ended. */
export function isQueued({ ms, heldMs }: { readonly ms: number; readonly heldMs: number }): boolean {
  return heldMs > 300 && ms > heldMs - 50;
}
