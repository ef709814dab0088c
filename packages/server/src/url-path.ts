import type { IncomingMessage } from 'node:http';

/** What of a request's target comes before the query; also of the absolute form that proxies are asked with. */
export function pathOf(target: string): string {
  const from = target.startsWith('/') ? 0 : Math.max(target.indexOf('/', target.indexOf('://') + 3), 0);
  const end = target.indexOf('?', from);
  return end < 0 ? target.slice(from) : target.slice(from, end);
}

/** A query parameter of a request's target, or `null`. */
export function queryOf(target: string, name: string): string | null {
  const start = target.indexOf('?');
  return start < 0 ? null : new URLSearchParams(target.slice(start + 1)).get(name);
}

/** What a path of ours stands for: the endpoint itself, an answer of it that a ticket is for, or what is served beside it. */
export type Route = 'endpoint' | 'ticket' | 'client' | 'doctor' | 'doctor-ticket' | 'doctor-page';

/** What is served beside the endpoint, by what its path has more. */
export type Beside = ReadonlyMap<string, Route>;

/** The end of a path that is a ticket (PROTOCOL.md section 5.5). Nothing that is served beside an endpoint is called like one. */
const TICKET = /\/([\w-]{22,64})$/;

/** The ticket at the end of a request's target; `''` if there is none. */
export function ticketOf(target: string): string {
  return TICKET.exec(pathOf(target))?.[1] ?? '';
}

/** What `path` stands for when the endpoint is at `endpoint`; `null` if it is somebody else's. */
export function routeOf(path: string, endpoint: string, beside: Beside): Route | null {
  if (path === endpoint) return 'endpoint';
  if (!path.startsWith(`${endpoint}/`)) return null;
  const rest = path.slice(endpoint.length);
  const above = rest.replace(TICKET, '');
  if (above === rest) return beside.get(rest) ?? null;
  if (above === '') return 'ticket';
  return beside.get(above) === 'doctor' ? 'doctor-ticket' : null;
}

/**
 * The same inside an Express or Connect application, which may have cut a mount path off. The endpoint is then `path`, or `path` below the
 * mount, or the mount itself if it ends with `path` already.
 */
export function mountedRouteOf(request: IncomingMessage, path: string, beside: Beside): Route | null {
  const { originalUrl } = request as { originalUrl?: unknown };
  const relative = pathOf(request.url ?? '/');
  const full = typeof originalUrl === 'string' ? pathOf(originalUrl) : relative;
  const route = routeOf(full, path, beside);
  if (route !== null || full === relative) return route;
  // What is mounted at `/a` and asked for as `/a` sees `/`, which is not how the full path ends.
  const mount = full.endsWith(relative) ? full.slice(0, -relative.length) : full;
  const below = routeOf(full, mount + path, beside);
  if (below !== null || !mount.endsWith(path)) return below;
  return routeOf(full === `${mount}/` ? mount : full, mount, beside);
}
