import { describe, expect, it } from 'vitest';
import { launchChromium, launchFirefox } from './launch.js';

describe('launch', () => {
  it('starts Chromium', async () => {
    const { browser, close } = await launchChromium();
    try {
      const page = await browser.newPage();
      await page.goto('data:text/html,<title>holdfast</title>');
      expect(await page.title()).toBe('holdfast');
    } finally {
      await close();
    }
  });

  it('starts Firefox', async () => {
    const { browser, close } = await launchFirefox();
    try {
      const page = await browser.newPage();
      await page.goto('data:text/html,<title>holdfast</title>');
      expect(await page.title()).toBe('holdfast');
    } finally {
      await close();
    }
  });
});
