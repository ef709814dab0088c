import { afterEach, describe, expect, it, vi } from 'vitest';

type Made = typeof globalThis.Uint8Array;

async function load(): Promise<Made> {
  vi.resetModules();
  return (await import('./es5-bytes.js')).Uint8Array;
}

afterEach(() => void vi.unstubAllGlobals());

describe('Uint8Array of the ES5 files', () => {
  it("is the engine's own where there is one", async () => {
    expect(await load()).toBe(globalThis.Uint8Array);
  });

  it('is an array of numbers where there is none, with what the client needs of it', async () => {
    vi.stubGlobal('Uint8Array', undefined);
    const Bytes = await load();
    const bytes = new Bytes([1, 256, 255, 300]);
    expect([Array.from(bytes), bytes.length, bytes.byteLength, bytes.BYTES_PER_ELEMENT]).toEqual([
      [1, 0, 255, 44],
      4,
      4,
      1,
    ]);
    expect(Array.from(bytes.subarray(1, 3))).toEqual([0, 255]);
    expect(Array.from(bytes.subarray(2))).toEqual([255, 44]);
    const whole = new Bytes(5);
    whole.set(bytes, 1);
    expect(Array.from(whole)).toEqual([0, 1, 0, 255, 44]);
    expect(new Bytes(bytes)).not.toBe(bytes);
  });
});
