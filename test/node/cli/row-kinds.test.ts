// Validation rows of another kind than the training rows, read by the command line.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { npyHeader } from '../../../src/cli/tables/npy-header.js';
import { asFloats, factored, pixels } from '../../support/data.js';
import { called } from '../../support/node/cli.js';
import { gamma } from '../../support/tolerance.js';

const [WIDTH, ROWS] = [8, 40];
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'autoencoder-wasm-'));
  const x = factored(ROWS, WIDTH, 2, 1).map((value, i) => (i % 5 ? value : Number.NaN));
  const bytes = pixels(ROWS, WIDTH, 0.5, 2);
  const floats = npyHeader(ROWS, WIDTH);
  const ofBytes = Buffer.from(floats.toString('latin1').replace('<f4', '|u1'), 'latin1');
  const write = (name: string, header: Buffer, data: { buffer: ArrayBuffer }) =>
    writeFileSync(join(folder, name), Buffer.concat([header, Buffer.from(data.buffer)]));
  write('x.npy', floats, x);
  write('v_uint8.npy', ofBytes, bytes);
  write('v_float32.npy', floats, asFloats(bytes));
});
afterAll(() => rmSync(folder, { recursive: true }));

test.each([[], ['--stream']])(
  'validation losses of bytes equal those of their numbers: --validation-data v_uint8.npy %s',
  async (...flags) => {
    const losses = async (validation: string) => {
      const data = ['x.npy', '--validation-data', validation, '-o', 'm', '--missing', 'mask'];
      const model = ['--layers', `${WIDTH},3`, '--seed', '1', '--epochs', '3', '--json'];
      const { code, stdout, stderr } = await called(folder, ['train', ...data, ...model, ...flags]);
      expect(stderr.split('\n').filter((line) => line.startsWith('autoencoder-wasm'))).toEqual([]);
      expect(code).toBe(0);
      const records = stdout.toString().trim().split('\n');
      return records.map((line) => JSON.parse(line).validationLoss as number);
    };
    const [bytes, floats] = [await losses('v_uint8.npy'), await losses('v_float32.npy')];
    expect(bytes.length).toBe(4); // three epochs and the model
    for (const [i, loss] of bytes.entries()) {
      // Two float32 sums of a batch's squared errors, in different orders.
      const expected = floats[i] as number;
      expect(Math.abs(loss - expected)).toBeLessThanOrEqual(
        2 * gamma(ROWS * WIDTH + 30) * expected,
      );
    }
  },
);
