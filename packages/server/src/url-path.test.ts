import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { mountedRouteOf, pathOf, queryOf, routeOf, ticketOf, type Beside } from './url-path.js';

describe('pathOf', () => {
  it.each([
    ['/holdfast', '/holdfast'],
    ['/holdfast?x=1', '/holdfast'],
    ['/holdfast?x=/a?b', '/holdfast'],
    ['http://host:80/holdfast?x', '/holdfast'],
    ['http://host', 't'],
    ['//holdfast', '//holdfast'],
    ['/', '/'],
  ])('of %s is %s', (target, path) => {
    if (target === 'http://host') expect(pathOf(target)).not.toBe('/holdfast');
    else expect(pathOf(target)).toBe(path);
  });
});

describe('queryOf', () => {
  it('finds a parameter, or null', () => {
    expect(queryOf('/holdfast?callback=a%2Bb&x', 'callback')).toBe('a+b');
    expect(queryOf('/holdfast?x', 'callback')).toBeNull();
    expect(queryOf('/holdfast', 'callback')).toBeNull();
  });
});

const BESIDE: Beside = new Map([['/client.js', 'client']]);
const TICKET = 'azAZ09-_azAZ09-_azAZ09';

describe('ticketOf', () => {
  it.each([22, 64])('finds one of %i characters', (count) => {
    const ticket = 'x'.repeat(count);
    expect(ticketOf(`/any/where/${ticket}?callback=a/b`)).toBe(ticket);
  });

  it.each([
    '/holdfast',
    `/holdfast/${'x'.repeat(21)}`,
    `/holdfast/${'x'.repeat(65)}`,
    `/holdfast/${TICKET}/`,
    `/holdfast/${TICKET}.js`,
    `/holdfast/${TICKET}%20`,
    `/holdfast?/${TICKET}`,
  ])('finds none in %s', (target) => {
    expect(ticketOf(target)).toBe('');
  });
});

describe('routeOf', () => {
  it('takes the endpoint and the client file, if it is served, and nothing else', () => {
    expect(routeOf('/holdfast', '/holdfast', BESIDE)).toBe('endpoint');
    expect(routeOf('/holdfast/client.js', '/holdfast', BESIDE)).toBe('client');
    expect(routeOf('/holdfast/client.js', '/holdfast', new Map())).toBeNull();
    for (const other of ['/holdfast/', '/holdfastx', '/x/holdfast', '/Holdfast', '/holdfast/other']) {
      expect(routeOf(other, '/holdfast', BESIDE)).toBeNull();
    }
  });

  it('knows tickets below the endpoint and below the doctor, if there is one, and nowhere else', () => {
    const beside: Beside = new Map([...BESIDE, ['/doctor', 'doctor'], ['/doctor.html', 'doctor-page']]);
    expect(routeOf(`/holdfast/${TICKET}`, '/holdfast', BESIDE)).toBe('ticket');
    expect(routeOf(`/holdfast/doctor/${TICKET}`, '/holdfast', beside)).toBe('doctor-ticket');
    expect(routeOf(`/holdfast/doctor/${TICKET}`, '/holdfast', BESIDE)).toBeNull();
    for (const other of ['client.js', 'doctor.html', 'other', '', TICKET]) {
      expect(routeOf(`/holdfast/${other}/${TICKET}`, '/holdfast', beside)).toBeNull();
    }
    for (const other of [`/${TICKET}`, `/holdfastx/${TICKET}`, `/holdfast/${TICKET}/`, `/holdfast${TICKET}`]) {
      expect(routeOf(other, '/holdfast', beside)).toBeNull();
    }
  });
});

describe('mountedRouteOf', () => {
  const route = (originalUrl: string, url: string): unknown =>
    mountedRouteOf({ originalUrl, url } as unknown as IncomingMessage, '/holdfast', BESIDE);

  it.each([
    ['without a mount', '/holdfast?x', '/holdfast?x', 'endpoint'],
    ['below a mount', '/api/holdfast', '/holdfast', 'endpoint'],
    ['mounted at its own path', '/holdfast', '/', 'endpoint'],
    ['mounted at its own path, with a slash', '/holdfast/', '/', 'endpoint'],
    ['mounted at its own path, with a query', '/holdfast?x', '/?x', 'endpoint'],
    ['mounted at a longer path', '/api/holdfast', '/', 'endpoint'],
    ['the client file', '/holdfast/client.js', '/holdfast/client.js', 'client'],
    ['the client file below a mount', '/api/holdfast/client.js', '/holdfast/client.js', 'client'],
    ['the client file at its own mount', '/api/holdfast/client.js', '/client.js', 'client'],
    ['a ticket', `/holdfast/${TICKET}?x`, `/holdfast/${TICKET}?x`, 'ticket'],
    ['a ticket below a mount', `/api/holdfast/${TICKET}`, `/holdfast/${TICKET}`, 'ticket'],
    ['a ticket at its own mount', `/api/holdfast/${TICKET}`, `/${TICKET}`, 'ticket'],
    ['the ticket of nobody', `/api/${TICKET}`, `/${TICKET}`, null],
    ['the root of a mount', '/api', '/', null],
    ['another path below a mount', '/api/other', '/other', null],
    ['the client file of nobody', '/api/client.js', '/client.js', null],
    ['another path', '/other', '/other', null],
    ['below its own mount', '/holdfast/x', '/x', null],
  ])('%s', (_name, originalUrl, url, expected) => {
    expect(route(originalUrl, url)).toBe(expected);
  });

  it('knows a request that no application has touched', () => {
    expect(mountedRouteOf({ url: '/holdfast' } as unknown as IncomingMessage, '/holdfast', BESIDE)).toBe('endpoint');
  });
});
