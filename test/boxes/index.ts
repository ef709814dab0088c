import { APACHE } from './apache.js';
import type { Box } from './box.js';
import { CADDY } from './caddy.js';
import { HAPROXY } from './haproxy.js';
import { MITMPROXY } from './mitmproxy.js';
import { NGINX } from './nginx.js';
import { SMALL_PROXIES } from './small-proxies.js';
import { SQUID } from './squid.js';
import { VARNISH } from './varnish.js';

/** Real middleboxes, each in one configuration. */
export const boxes: readonly Box[] = [
  ...NGINX,
  ...HAPROXY,
  ...APACHE,
  ...VARNISH,
  ...CADDY,
  ...SQUID,
  ...SMALL_PROXIES,
  ...MITMPROXY,
];
