// The readers of the entry autoencoder-wasm/data.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { npyHeader } from '../../../src/cli/tables/npy-header.js';
import { readCsv, readIdx, readJsonLines, readNpy } from '../../../src/data.js';
import { Autoencoder } from '../../../src/index.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'autoencoder-wasm-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const CSV = 'id,a,b\nx,1,0.1\ny,2,1700000000123\n';
const TABLE = {
  columns: ['a', 'b'],
  shape: [2, 2],
  data: Float64Array.of(1, 0.1, 2, 1700000000123),
};

test('readCsv reads from a path, a URL, bytes, and a stream of bytes', async () => {
  const path = join(folder, 'a.csv');
  writeFileSync(path, CSV);
  async function* pieces() {
    for (const letter of CSV) yield Buffer.from(letter);
  }
  for (const source of [path, pathToFileURL(path), Buffer.from(CSV), gzipSync(CSV), pieces()]) {
    expect(await (await readCsv(source, { columns: 'a,b' })).readAll()).toEqual(TABLE);
  }
});

test('readers can be streamed into fit and encodeStream', async () => {
  const text = Array.from({ length: 200 }, (_, i) => `[${i / 200},${1 - i / 200}]\n`).join('');
  const ae = new Autoencoder({ layers: [2, 1], seed: 1 });
  const history = await ae.fit(
    async function* () {
      yield* await readJsonLines(Buffer.from(text));
    },
    { epochs: 2 },
  );
  expect(history).toHaveLength(2);
  let codes = 0;
  for await (const batch of ae.encodeStream(await readJsonLines(Buffer.from(text))))
    codes += batch.shape[0];
  expect(codes).toBe(200);
});

test('readNpy and readIdx read arrays', async () => {
  const npy = Buffer.concat([npyHeader(2, 2), Buffer.from(Float32Array.of(1, 2, 3, 4).buffer)]);
  const { data, shape } = await (await readNpy(npy)).readAll();
  expect([data, shape]).toEqual([Float32Array.of(1, 2, 3, 4), [2, 2]]);
  const idx = await readIdx(Buffer.from([0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 2, 7, 8]));
  expect([idx.rows, idx.width]).toEqual([1, 2]);
  expect((await idx.readAll()).data).toEqual(Uint8Array.of(7, 8));
});

test('errors name the option and the place', async () => {
  const bytes = Buffer.from(CSV);
  await expect(readCsv(bytes, { columns: 'c' })).rejects.toThrow(RangeError);
  await expect(readCsv(bytes, { columns: 'c' })).rejects.toThrow(
    /^columns: the data has no column 'c'/,
  );
  await expect(readCsv(Buffer.from('1,x\n'))).rejects.toThrow('give header: true');
  await expect((await readCsv(bytes)).readAll()).rejects.toThrow(
    "the data, line 2, column 1 (id): 'x'",
  );
  await expect(readCsv(3 as never)).rejects.toThrow(TypeError);
});
