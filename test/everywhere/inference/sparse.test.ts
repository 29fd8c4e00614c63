// Compressed rows are computed from their non-zeros alone, with the same bits as dense rows.

import { expect, test } from 'vitest';
import type { Matrix, RowSource } from '../../../src/data/matrix.js';
import { rowSource } from '../../../src/data/row-forms.js';
import { Autoencoder, type AutoencoderOptions, type SparseRows } from '../../../src/index.js';
import type { Task } from '../../../src/inference/inference.js';
import { runTask, runTaskSync } from '../../../src/inference/run-inference.js';
import { generator } from '../../support/data.js';
import { createNetwork } from '../../support/training-step.js';

const WIDTH = 300;

/** Rows of one-hot groups of 10 columns, with some groups missing and some rows empty. */
function oneHot(rows: number, width = WIDTH): SparseRows {
  const random = generator(5);
  const [indptr, indices]: [number[], number[]] = [[0], []];
  for (let i = 0; i < rows; i++) {
    for (let at = 0; at < width && i % 7; at += 10) {
      if (random() < 0.8) indices.push(at + Math.floor(random() * 10));
    }
    indptr.push(indices.length);
  }
  return { indptr, indices, data: new Array(indices.length).fill(1), shape: [rows, width] };
}

function dense({ indptr, indices, data, shape: [rows, width] }: SparseRows): Float32Array {
  const x = new Float32Array(rows * width);
  for (let i = 0; i < rows; i++) {
    for (let e = indptr[i] as number; e < (indptr[i + 1] as number); e++) {
      x[i * width + (indices[e] as number)] = data[e] as number;
    }
  }
  return x;
}

const NETWORKS: Record<string, AutoencoderOptions> = {
  numbers: { layers: [WIDTH, 24, 5] },
  'a code wider than the rows': { layers: [WIDTH, 310] },
  categories: {
    layers: [WIDTH, 20],
    categories: Array.from({ length: 30 }, (_, c) => ({ start: c * 10, size: 10 })),
  },
};
const TASKS: readonly Task[] = ['encode', 'reconstruct', 'error', 'columnErrors'];

/** The first index where two results differ, or -1. A loop, since `toEqual` takes minutes. */
function firstDifference({ data: a }: Matrix, { data: b }: Matrix): number {
  if (a.length !== b.length) return Math.min(a.length, b.length);
  return a.findIndex((value, i) => !Object.is(value, b[i]));
}

/** A reader of the rows in the form that the network takes. */
function sourceOf(x: SparseRows | Float32Array, missing?: Float32Array): RowSource {
  const source = rowSource('x', x, WIDTH, 'input', missing !== undefined);
  return missing ? { ...source, missing } : source;
}

for (const [name, options] of Object.entries(NETWORKS)) {
  const { network } = createNetwork(options);
  const runner = (threads: number) => ({
    ...{ owner: {}, network, flavour: 'strict' as const, threads, workerUrl: undefined },
  });
  const tasks = TASKS.filter((task) => network.columns || task !== 'columnErrors');

  test(`${name}: the bits of dense rows, on one thread and on three`, async () => {
    const rows = oneHot(1100); // with a code of 310, enough for workers and for several slabs
    const x = dense(rows);
    for (const task of tasks) {
      const expected = runTaskSync(runner(1), task, sourceOf(x));
      const once = runTaskSync(runner(1), task, sourceOf(rows));
      expect(firstDifference(once, expected)).toBe(-1);
      const shared = await runTask(runner(3), task, sourceOf(rows));
      expect(firstDifference(shared, expected)).toBe(-1);
    }
  });

  test(`${name}: a missing cell is what it is in dense rows`, () => {
    const rows = oneHot(150);
    const data = rows.data as number[];
    for (let e = 0; e < data.length; e += 5) data[e] = Number.NaN;
    const missing = Float32Array.from({ length: WIDTH }, (_, j) => (j % 3) / 4);
    for (const task of tasks) {
      const expected = runTaskSync(runner(1), task, sourceOf(dense(rows), missing));
      const filled = runTaskSync(runner(1), task, sourceOf(rows, missing));
      expect(firstDifference(filled, expected)).toBe(-1);
    }
  });
}

test('rows stay compressed if the first layer stores its weights by input', () => {
  const { network } = createNetwork(NETWORKS.categories as AutoencoderOptions);
  const source = sourceOf(oneHot(200));
  const compressed = {
    ...source,
    copy: () => {
      throw new Error('made dense');
    },
  };
  const runner = { owner: {}, network, flavour: 'strict' as const, threads: 1 };
  for (const task of TASKS) {
    runTaskSync({ ...runner, workerUrl: undefined }, task, compressed);
  }
});

test('a non-finite value is reported with its place, and the next call works', async () => {
  const ae = new Autoencoder({ layers: [WIDTH, 4], scale: 'none', seed: 0 });
  await ae.fit(oneHot(100), { epochs: 1 });
  const rows = oneHot(2000);
  const e = 1234;
  const row = Array.from(rows.indptr, Number).findIndex((end) => end > e) - 1;
  const bad = { ...rows, data: Array.from(rows.data, (v, i) => (i === e ? Infinity : Number(v))) };
  const where = `row ${row}, column ${rows.indices[e]}`;
  await expect(ae.encode(bad)).rejects.toThrow(where);
  expect(() => ae.scoreSync(bad)).toThrow(where);
  expect(firstDifference(ae.encodeSync(rows), ae.encodeSync(dense(rows)))).toBe(-1);
});

test('a batch with more entries than a slab can hold is computed in parts', async () => {
  const width = 600;
  const ae = new Autoencoder({ layers: [width, 4], scale: 'none', seed: 0 });
  const [rows, entries] = [1500, 500];
  const x = {
    indptr: Int32Array.from({ length: rows + 1 }, (_, i) => i * entries),
    indices: Int32Array.from({ length: rows * entries }, (_, i) => i % entries),
    data: Float32Array.from({ length: rows * entries }, (_, i) => ((i * 37) % 1000) / 1000),
    shape: [rows, width] as const,
  };
  await ae.fit(
    {
      ...x,
      indptr: x.indptr.slice(0, 21),
      indices: x.indices.slice(0, 10_000),
      data: x.data.slice(0, 10_000),
      shape: [20, width],
    },
    { epochs: 1 },
  );
  expect(firstDifference(await ae.encode(x), await ae.encode(dense(x)))).toBe(-1);
});
