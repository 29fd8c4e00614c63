// Rows of several batches, whose results are written to the same memory.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { npyHeader } from '../../../src/cli/tables/npy-header.js';
import { transformFile } from '../../../src/cli/transform.js';
import { Autoencoder } from '../../../src/index.js';

const folder = mkdtempSync(join(tmpdir(), 'autoencoder-batches-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

// So wide that a batch has 32 rows of an array, or 16 of text.
const [WIDTH, ROWS] = [2 ** 16, 36];
const pixels = new Uint8Array(ROWS * WIDTH);
for (let i = 0; i < pixels.length; i += 997) pixels[i] = i % 256;

test.each([
  ['an array to a file', 'x.npy', 'codes.npy'],
  ['a text, whose rows are counted at the end only, to a compressed file', 'x.csv', 'codes.npy.gz'],
])('%s: codes are the same in batches as for all rows at once', async (_, from, to) => {
  const isText = from.endsWith('.csv');
  const rows = Array.from({ length: ROWS }, (_, i) => pixels.subarray(i * WIDTH, (i + 1) * WIDTH));
  writeFileSync(
    at(from),
    isText
      ? rows.map((row) => `${row.join()}\n`).join('')
      : Buffer.concat([npyHeader(ROWS, WIDTH, { element: 'pixel', isBigEndian: false }), pixels]),
  );
  const ae = new Autoencoder({ layers: [WIDTH, 3], scale: 'none', seed: 1 });
  const expected = await ae.encode(isText ? Float32Array.from(pixels) : pixels);
  const done = await transformFile(ae, 'encode', {
    ...{ from: at(from), to: at(to), read: isText ? { header: false } : {} },
    ...{ format: 'npy' as const },
  });
  expect(done).toEqual({ rows: ROWS, columns: 3 });
  const file = isText ? gunzipSync(readFileSync(at(to))) : readFileSync(at(to));
  expect(file.subarray(-12 * ROWS).equals(Buffer.from(expected.data.buffer))).toBe(true);
  ae.dispose();
});

test('--precision int16: the codes are those of encode; rows that are not bytes are refused', async () => {
  const ae = new Autoencoder({ layers: [WIDTH, 3], scale: 'none', seed: 1 });
  writeFileSync(
    at('bytes.npy'),
    Buffer.concat([npyHeader(ROWS, WIDTH, { element: 'pixel', isBigEndian: false }), pixels]),
  );
  const route = { to: at('int16.npy'), read: {}, precision: 'int16' as const };
  await transformFile(ae, 'encode', { ...route, from: at('bytes.npy'), format: 'npy' });
  const expected = await ae.encode(pixels, { precision: 'int16' });
  const file = readFileSync(at('int16.npy'));
  expect(file.subarray(-12 * ROWS).equals(Buffer.from(expected.data.buffer))).toBe(true);
  writeFileSync(at('numbers.npy'), Buffer.concat([npyHeader(1, WIDTH), Buffer.alloc(4 * WIDTH)]));
  await expect(transformFile(ae, 'encode', { ...route, from: at('numbers.npy') })).rejects.toThrow(
    '--precision int16 takes rows of bytes',
  );
  const scaled = new Autoencoder({ layers: [2, 1], scale: 'minmax' });
  await scaled.fit(
    [
      [1, 2],
      [3, 4],
    ],
    { epochs: 1 },
  );
  await expect(
    transformFile(scaled, 'encode', { ...route, from: at('bytes.npy') }),
  ).rejects.toThrow('scales its rows');
  ae.dispose();
});
