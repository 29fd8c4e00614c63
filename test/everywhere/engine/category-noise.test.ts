// Noise on categories replaces a value by that of another row.

import { expect, test } from 'vitest';
import { rowSource } from '../../../src/data/row-forms.js';
import { storeRows } from '../../../src/engine/dataset.js';
import { acquireEngine } from '../../../src/engine/kernels.js';
import { Arena } from '../../../src/engine/memory.js';
import { corrupt, load, placeOperations, placeSegments } from '../../../src/engine/operations.js';
import { writeField } from '../../../src/engine/records.js';
import { takeTensor } from '../../../src/engine/tensor.js';
import { layOutSteps } from '../../../src/engine/thread-steps.js';
import * as abi from '../../../src/generated/abi.js';
import { type OutputColumn, outputColumns } from '../../../src/model/columns.js';
import { createNetwork } from '../../support/training-step.js';

const [ROWS, WIDTH, KEY] = [400, 11, 0x1234567];
const CATEGORIES = [
  { start: 1, size: 3 },
  { start: 5, size: 6 },
];

/** Two numeric columns, and two categories with a tenth of the values missing. */
function table(): Float32Array<ArrayBuffer> {
  const x = new Float32Array(ROWS * WIDTH);
  for (let i = 0; i < ROWS; i++) {
    x[i * WIDTH] = (i + 1) / ROWS;
    x[i * WIDTH + 4] = 0.5;
    for (const [c, { start, size }] of CATEGORIES.entries()) {
      if (i % 10 !== c) x[i * WIDTH + start + ((i * i) % size)] = 1;
    }
  }
  return x;
}

/** The finaliser of splitmix32, and the draw for a cell, as in assembly/kernels/noise.ts. */
function mix(value: number): number {
  let h = value ^ (value >>> 16);
  h = Math.imul(h, 0x7feb352d);
  h ^= h >>> 15;
  h = Math.imul(h, 0x846ca68b);
  return (h ^ (h >>> 16)) >>> 0;
}
const drawOf = (first: number, column: number) =>
  mix((first + Math.imul(column, 0x9e3779b9)) >>> 0);

/** The rows as the network receives them from the kernels. */
async function seen(
  data: unknown,
  noise: number,
  amount: number,
  others: Uint32Array,
): Promise<Float32Array> {
  const engine = acquireEngine({});
  const arena = new Arena(engine.memory);
  const { network } = createNetwork({ layers: [WIDTH, 2], categories: CATEGORIES });
  const source = rowSource('x', data, WIDTH, 'input');
  const order = arena.take(ROWS * 4, 'order');
  const all = arena.take(ROWS * 4, 'order');
  const fill = arena.floats(12, 'fill');
  const [x, out] = [takeTensor(arena, ROWS, WIDTH), takeTensor(arena, ROWS, WIDTH)];
  const segments = placeSegments(arena, network.columns as OutputColumn[]);
  const { address } = placeOperations(arena, [
    load(x, WIDTH, true),
    corrupt(x, out, WIDTH, fill, noise, amount, segments),
  ]);
  const step = layOutSteps(engine, arena, network, ROWS, 1, 0, false, true);
  const dataset = await storeRows(engine, arena, source, source.sparse !== undefined, undefined);
  const { buffer } = engine.memory;
  new Float32Array(buffer, fill, 12).fill(0);
  new Uint32Array(buffer, order, ROWS).set(Array.from({ length: ROWS }, (_, i) => i));
  new Uint32Array(buffer, all, others.length).set(others);
  const fields = { rows: ROWS, order, dataset: dataset.address, noiseKey: KEY, others: all };
  for (const [field, value] of Object.entries({ ...fields, othersCount: others.length })) {
    writeField(engine.memory, step, abi.Step, field as keyof typeof abi.Step, value);
  }
  engine.kernels.run(address, 2, step);
  const made = new Float32Array(buffer, out.samples, (ROWS * out.ldSamples) / 4);
  return Float32Array.from({ length: ROWS * WIDTH }, (_, i) => {
    return made[Math.floor(i / WIDTH) * (out.ldSamples / 4) + (i % WIDTH)] as number;
  });
}

const columns = outputColumns(WIDTH, CATEGORIES, undefined) as OutputColumn[];

test.each([abi.GAUSSIAN, abi.MASK, abi.SALT_PEPPER])(
  'noise %i replaces the expected share of categories by those of other training rows',
  async (noise) => {
    const x = table();
    const others = Uint32Array.from({ length: 90 }, (_, i) => 3 * i + 1);
    const amount = Math.fround(0.4);
    const made = await seen(x, noise, amount, others);
    let [swapped, numbers] = [0, 0];
    for (let i = 0; i < ROWS; i++) {
      const first = mix((KEY ^ i) >>> 0);
      for (const { start, size, isCategory } of columns) {
        const at = i * WIDTH + start;
        if (!isCategory) {
          if (made[at] !== x[at]) numbers++;
          continue;
        }
        const own = x.subarray(at, at + size);
        const isSwapped = own.some(Boolean) && (drawOf(first, start) >>> 8) / 2 ** 24 < amount;
        const pick = Math.floor((drawOf(first, start + 1) * others.length) / 2 ** 32);
        const from = (others[pick] as number) * WIDTH + start;
        expect(made.subarray(at, at + size)).toEqual(
          isSwapped ? x.subarray(from, from + size) : own,
        );
        if (isSwapped) swapped++;
      }
    }
    // 720 values, each replaced with probability 0.4: 288, with deviation 13.
    expect(Math.abs(swapped - 288)).toBeLessThan(5 * 13);
    expect(numbers).toBeGreaterThan(100); // numeric columns get the usual noise
  },
);

test('compressed rows, bytes and floats get the same noise', async () => {
  const x = table().map((value, i) => (i % WIDTH === 0 || i % WIDTH === 4 ? 1 : value));
  const entries = [...x.entries()].filter(([, value]) => value !== 0);
  const csr = {
    indptr: Array.from(
      { length: ROWS + 1 },
      (_, i) => entries.filter(([at]) => at < i * WIDTH).length,
    ),
    indices: entries.map(([at]) => at % WIDTH),
    data: entries.map(([, value]) => value),
    shape: [ROWS, WIDTH],
  };
  const others = Uint32Array.from({ length: ROWS }, (_, i) => i);
  const dense = await seen(x, abi.MASK, 0.5, others);
  expect(await seen(csr, abi.MASK, 0.5, others)).toEqual(dense);
  expect(
    await seen(
      Uint8Array.from(x, (v) => 255 * v),
      abi.MASK,
      0.5,
      others,
    ),
  ).toEqual(dense);
});
