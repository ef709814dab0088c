import type * as Client from '@holdfast/client';

declare global {
  /** What `/holdfast/client.js` gives the page. */
  const Holdfast: typeof Client;
}
