/** The address of `name` below an endpoint, whose query it keeps. */
export function urlBelow(url: string, name: string): string {
  const { origin, pathname, search } = new URL(url);
  return `${origin}${pathname.replace(/\/$/, '')}/${name}${search}`;
}
