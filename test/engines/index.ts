import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fileOf, programOf } from './describe.js';
import { drivenEngine } from './driven.js';
import { enginePerPage } from './engine-per-page.js';
import { packedChromium } from './packed-chromium.js';
import type { Engine } from './engine.js';

const MINI_BROWSER = '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser';

/** Longer than any page is open. */
const FOREVER_MS = 3_600_000;

const own = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Every engine that runs on Debian 12, newest first within its family. */
export const engines: readonly Engine[] = [
  drivenEngine('chromium', 'Chromium, of today'),
  packedChromium('chromium-153', 'Chromium 153 (2026)'),
  packedChromium('chromium-110', 'Chromium 110 (2023)'),
  packedChromium('chromium-92', 'Chromium 92 (2021)'),
  enginePerPage({
    name: 'qtwebengine',
    title: 'QtWebEngine, Chromium 87 (2020)',
    needsDisplay: true,
    command: (address) => ({
      program: programOf('qtwebengine', '/usr/bin/python3'),
      args: [own('qtwebengine-page.py'), address],
      environment: {
        QTWEBENGINE_CHROMIUM_FLAGS: '--no-sandbox --no-zygote --disable-gpu --in-process-gpu --disable-quic',
        QTWEBENGINE_DISABLE_SANDBOX: '1',
      },
    }),
    version: { from: 'user agent', pattern: /Chrome\/([\d.]+)/, name: 'QtWebEngine 5.15, Chromium' },
  }),
  packedChromium('chromium-78', 'Chromium 78 (2019)'),
  packedChromium('chromium-67', 'Chromium 67 (2018)'),
  packedChromium('chromium-64', 'Chromium 64 (2017)'),
  enginePerPage({
    name: 'chromium-21',
    title: 'Chromium 21 (2012)',
    client: 'es5',
    needsDisplay: true,
    command: (address) => {
      const program = fileOf('chromium-21', 'host');
      const folder = join(program, '..');
      return { program, args: [folder, address], environment: { LD_LIBRARY_PATH: join(folder, 'libs') } };
    },
    version: { from: 'user agent', pattern: /Chrome\/([\d.]+)/, name: 'Chromium' },
  }),
  drivenEngine('firefox', 'Firefox ESR'),
  enginePerPage({
    name: 'webkitgtk',
    title: 'WebKitGTK',
    needsDisplay: true,
    command: (address) => ({ program: programOf('webkitgtk', MINI_BROWSER), args: ['--private', address] }),
    version: { from: '--version', pattern: /WebKitGTK ([\d.]+)/, name: 'WebKitGTK' },
  }),
  enginePerPage({
    name: 'wpe',
    title: 'WPE WebKit, as Safari 16 (2022)',
    command: (address) => ({ program: programOf('wpe', 'cog'), args: ['--platform=headless', address] }),
    version: { from: '--version', pattern: /WPE WebKit ([\d.]+)/, name: 'WPE WebKit' },
  }),
  enginePerPage({
    name: 'qtwebkit',
    title: 'QtWebKit 602, as Safari 10 (2016)',
    client: 'es5',
    command: (address) => ({
      program: programOf('qtwebkit', 'wkhtmltoimage'),
      args: ['--javascript-delay', String(FOREVER_MS), address, 'never.png'],
      environment: { QT_QPA_PLATFORM: 'offscreen' },
    }),
    version: { from: 'user agent', pattern: /AppleWebKit\/([\d.]+)/, name: 'QtWebKit' },
  }),
  enginePerPage({
    name: 'phantomjs',
    title: 'PhantomJS, as Safari 6 (2012)',
    client: 'es5',
    command: (address) => ({
      program: fileOf('phantomjs', 'phantom-binary/phantomjs'),
      args: [own('phantomjs-page.cjs'), address],
      environment: { OPENSSL_CONF: '/dev/null' },
    }),
    version: { from: 'user agent', pattern: /PhantomJS\/([\d.]+)/, name: 'PhantomJS' },
  }),
  enginePerPage({
    name: 'netsurf',
    title: 'NetSurf',
    client: 'es5',
    cannot: 'It has neither XMLHttpRequest nor a WebSocket that can be opened.',
    needsDisplay: true,
    command: (address) => ({
      program: programOf('netsurf', 'netsurf-gtk'),
      args: ['--enable_javascript=1', address],
      // It fetches the icon of a search engine: from a port where nobody listens.
      environment: { http_proxy: 'http://127.0.0.1:9', https_proxy: 'http://127.0.0.1:9', no_proxy: '127.0.0.1' },
    }),
    version: { from: 'user agent', pattern: /NetSurf\/([\d.]+)/, name: 'NetSurf' },
  }),
];
