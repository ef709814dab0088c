// What each engine is made of: Debian packages and, for those that Debian doesn't have, one tarball of the npm registry.
import { BROWSER_PACKAGES } from '../debian.mjs';

/** @typedef {import('../debian.mjs').DebianPackage} DebianPackage */

/**
 * @typedef {object} Tarball a package of which only files are taken: nothing of it is run at install, nothing it depends on is fetched
 * @property {string} spec
 * @property {string} integrity
 * @property {readonly string[]} files what is unpacked: files or folders of the package
 * @property {string} [brotli] one of them that is packed once more
 */

/**
 * @typedef {object} Parts
 * @property {readonly DebianPackage[]} debian
 * @property {Tarball} [tarball]
 * @property {boolean} [hasHost] its C program is compiled
 */

/** @typedef {keyof typeof PARTS} EngineName */

const XVFB = { name: 'xvfb', program: 'Xvfb' };

/** What browsers built for other systems need here. */
const CHROMIUM_LIBRARIES = [{ name: 'libnss3' }, { name: 'libuuid1' }];

/** @param {string} name */
const browser = (name) => BROWSER_PACKAGES.filter((each) => each.name === name);

/**
 * @param {string} spec
 * @param {string} integrity
 * @returns {Parts}
 */
function packedChromium(spec, integrity) {
  const file = 'bin/chromium.br';
  return { debian: CHROMIUM_LIBRARIES, tarball: { spec, integrity, files: [file], brotli: file } };
}

/** By the name of the engine. */
export const PARTS = /** @satisfies {Record<string, Parts>} */ ({
  chromium: { debian: browser('chromium') },
  firefox: { debian: browser('firefox-esr') },
  phantomjs: {
    debian: [{ name: 'libfontconfig1' }, { name: 'libfreetype6' }],
    tarball: {
      spec: 'html-pdf-phantomjs-included@1.0.2',
      integrity: 'sha512-Tk/2xV7sxm53yC4oY4iqsge5voXic6/G6WUwAHPTx2PxXowe1wkNk5xSZvSKfe0P3FondfSpmCFmFudqrJq3Mg==',
      files: ['phantom-binary/phantomjs'],
    },
  },
  'chromium-21': {
    debian: [
      XVFB,
      { name: 'gcc', program: 'gcc' },
      { name: 'libc6-dev' },
      { name: 'libgtk2.0-0' },
      { name: 'libgconf-2-4' },
      { name: 'libasound2' },
      { name: 'libnss3' },
    ],
    tarball: {
      spec: 'appjs-linux-x64@0.0.19',
      integrity: 'sha512-BjONz/ONyx0AUE0bCasx0Tj6QeM/NPPzBBqX+XM9pNZ/1JTYC2H6qvaBGh7iOSShzzHuTrblTB07LnywpZabbQ==',
      files: ['libs/libcef.so', 'data'],
    },
    hasHost: true,
  },
  'chromium-64': packedChromium(
    'chrome-aws-lambda@64.0.3264',
    'sha512-3XpUhpg5Qlbq8V/Pk5gzfSqcq3wSlfT1N98yzDY8a+PrrROx9XUCntkg4W1ZmisqLsWhmRLZQrKtDjTRBttwig==',
  ),
  'chromium-67': packedChromium(
    'chrome-aws-lambda@67.0.3372',
    'sha512-JGB/vPO64wwEBLBRGkZUa9uoJ7sZ/y0wB9/ZAlDS7fYtEOAJUVx7WzcU3hIhfCP4RSBcggS6vbSyx1u+Sgt5+w==',
  ),
  'chromium-78': packedChromium(
    'chrome-aws-lambda@1.20.4',
    'sha512-+zuq/BO9TpAvlXIpyGto6YytnEe0NBpZS5HVGnaMqRhL0cagDEhrzAYqaQfK4HZnafA7HW1wkFacl7CAI990LQ==',
  ),
  'chromium-92': packedChromium(
    'chrome-aws-lambda@10.1.0',
    'sha512-NZQVf+J4kqG4sVhRm3WNmOfzY0OtTSm+S8rg77pwePa9RCYHzhnzRs8YvNI6L9tALIW6RpmefWiPURt3vURXcw==',
  ),
  'chromium-110': packedChromium(
    '@sparticuz/chromium@110.0.0',
    'sha512-b4lVUnG+waiMzm/O5wO1RCnr/DV9Xn1Om4NujHsM0oy12KdQ7gfB/JyRDCYhlASrpyLYMA6F01t8/r+rLqIjkg==',
  ),
  'chromium-153': packedChromium(
    '@sparticuz/chromium@153.0.0',
    'sha512-jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA==',
  ),
  webkitgtk: { debian: [XVFB, { name: 'webkit2gtk-driver' }] },
  wpe: { debian: [{ name: 'cog', program: 'cog' }] },
  qtwebengine: { debian: [XVFB, { name: 'python3-pyqt5.qtwebengine' }] },
  qtwebkit: { debian: [{ name: 'wkhtmltopdf', program: 'wkhtmltoimage' }] },
  netsurf: { debian: [XVFB, { name: 'netsurf-gtk', program: 'netsurf-gtk' }] },
});

/**
 * The engines that `npm test` drives.
 *
 * @type {readonly EngineName[]}
 */
export const SHORT_ENGINES = ['chromium', 'firefox', 'phantomjs', 'chromium-21'];
