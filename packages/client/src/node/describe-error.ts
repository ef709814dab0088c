/** What went wrong, in words. An error about several addresses of a host (`localhost` is two) has no message of its own. */
export function describeError(error: NodeJS.ErrnoException): string {
  return error.message === '' ? `connection failed: ${error.code ?? error.name}` : error.message;
}
