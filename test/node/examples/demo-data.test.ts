import { afterEach, expect, test, vi } from 'vitest';
import { PIXELS, packSet } from '../../../examples/browser/records.js';
import { loadPictures } from '../../../examples/browser/src/data.js';
import { FIRST, type PictureSet, SETS } from '../../../examples/browser/src/sets.js';

const digits = SETS.digits as PictureSet;
const count = 2600;
const unseen = 300;
const set = { ...digits, count, unseen };
/** Images whose first pixels contain their number. */
const pictures = Array.from({ length: count }, (_, i) => {
  const image = new Uint8Array(PIXELS);
  image.set([i >> 8, i & 255]);
  return { label: i % 10, image };
});

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Mocks a host of both files; returns the names of the files that were requested. */
function host(broken?: 'HTTP 404' | 'cut'): string[] {
  const packed = packSet(pictures, unseen);
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (file: string) => {
    asked.push(file);
    if (file === set.files.first) return new Response(new Uint8Array(packed.first));
    if (broken === 'HTTP 404') return new Response('', { status: 404 });
    const bytes = new Uint8Array(packed.rest);
    return new Response(broken ? bytes.subarray(0, bytes.length / 2) : bytes);
  });
  return asked;
}

const numbers = ({ images, count }: { images: Uint8Array; count: number }) =>
  Array.from({ length: count }, (_, i) => {
    const [high = 0, low = 0] = images.subarray(i * PIXELS);
    return 256 * high + low;
  });
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

test.each([400, 1000, 1800])(
  'the demo loads the remaining images only when asked to; %i rows',
  async (rows) => {
    const asked = host();
    const { first, rest } = await loadPictures(set, rows, () => {});
    expect(asked).toEqual([set.files.first]);
    const some = Math.min(rows, FIRST.training);
    expect(numbers(first.unseen)).toEqual(range(0, FIRST.unseen));
    expect(numbers(first.training)).toEqual(range(unseen, unseen + some));
    const seen: number[] = [];
    const all = await rest((bytes) => seen.push(bytes));
    expect(asked).toEqual([set.files.first, set.files.rest]);
    expect(seen.at(-1)).toBeGreaterThan(0);
    // All images, in their order.
    expect(numbers(all.unseen)).toEqual(range(0, unseen));
    expect(numbers(all.training)).toEqual(range(unseen, unseen + rows));
    expect([...all.training.labels]).toEqual(range(unseen, unseen + rows).map((i) => i % 10));
  },
);

test.each(['HTTP 404', 'cut'] as const)(
  'an error while loading the remaining images is reported: %s',
  async (broken) => {
    host(broken);
    const { first, rest } = await loadPictures(set, 2000, () => {});
    await expect(rest(() => {})).rejects.toThrow(
      broken === 'cut' ? /./ : 'digits-rest.bin: HTTP 404',
    );
    expect(numbers(first.training)).toEqual(range(unseen, unseen + FIRST.training));
  },
);
