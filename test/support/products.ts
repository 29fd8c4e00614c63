// Compares the product that all passes are made of with its float64 twin, over sizes and densities.

import { Random } from '../../src/base/random.js';
import type { Engine } from '../../src/engine/kernels.js';
import { scratchBytes } from '../../src/engine/thread-steps.js';
import * as twin from '../reference/twins.js';
import { LinearMemory } from './linear-memory.js';
import { expectNear, expectSameBits, gamma } from './tolerance.js';

/** In [-1, 1), multiples of 2^-23, so that no product of two of them underflows. */
export function draw(count: number, ...key: number[]): Float32Array {
  const random = new Random(...key);
  return Float32Array.from({ length: count }, () => random.signed());
}

/** Like `draw`, but with a zero where another draw is not below the row's density. */
export function drawRows(
  rows: number,
  columns: number,
  densities: readonly number[],
  ...key: number[]
) {
  const random = new Random(...key, 1);
  return draw(rows * columns, ...key).map((value, i) => {
    const density = densities[Math.floor(i / columns) % densities.length] as number;
    return (random.signed() + 1) / 2 < density ? value : 0;
  });
}

export const range = (from: number, to: number, step = 1): number[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);

/** A thread's scratch for rows of `depth`: a table, packed columns, a list; see assembly/kernels/sparse.ts. */
export function takeScratch(
  { kernels }: Engine,
  memory: LinearMemory,
  depth: number,
  isWide = false,
): number {
  const scratch = memory.bytes(scratchBytes(Math.ceil((depth + 4) / 4) * 4));
  kernels.prepareTable(scratch, Number(isWide));
  return scratch;
}

export const ROWS = [1, 2, 3, 4, 5, 6, 7, 16, 64];
export const COLUMNS = [...range(4, 72, 4), 252];
/** The fractions of A's values that are not zero, assigned to the rows in turn. */
export const DENSITIES = [
  { name: '0', densities: [0] },
  { name: '0.05', densities: [0.05] },
  { name: '0.2', densities: [0.2] },
  { name: '0.5', densities: [0.5] },
  { name: '0.9', densities: [0.9] },
  { name: '1', densities: [1] },
  { name: 'different in each row', densities: [1, 0.05, 0.9, 0, 0.5] },
];

/**
 * Computes a product of A (rows, depth) and B (depth, columns) in every way, and compares it with its
 * twins.
 */
export function checkProduct(
  engine: Engine,
  rows: number,
  columns: number,
  depth: number,
  densities: readonly number[],
): void {
  const { kernels } = engine;
  const memory = new LinearMemory(engine.memory);
  const aValues = drawRows(rows, depth, densities, rows, columns, depth);
  const bValues = draw(depth * columns, 2, rows, columns, depth);
  const a = memory.matrix(rows, depth, aValues);
  const b = memory.matrix(depth, columns, bValues);
  const c = memory.matrix(rows, columns);
  const scratches = [false, true].map((isWide) => takeScratch(engine, memory, depth, isWide));
  const exact = twin.product(aValues, bValues, rows, columns, depth);
  const magnitude = twin.product(
    aValues.map(Math.abs),
    bValues.map(Math.abs),
    rows,
    columns,
    depth,
  );
  const rounded = twin.productFloat32(aValues, bValues, rows, columns, depth);
  for (const [i, scratch] of [...scratches, ...scratches].entries()) {
    const sparse = i >> 1;
    const kind = `${sparse ? 'sparse' : 'dense'}${i & 1 ? ', wide tiles' : ''}`;
    const what = `${rows}x${depth}x${columns}, density ${densities}, ${kind}`;
    c.fill(Number.NaN);
    kernels.product(
      a.address,
      a.ld,
      b.address,
      b.ld,
      c.address,
      c.ld,
      0,
      rows,
      columns,
      depth,
      scratch,
      sparse,
    );
    // Each term is rounded once as a product and at most depth - 1 times as part of the sum (the first
    // addition is to zero, and exact): gamma(depth). One more is for the twin's own 2^-53.
    expectNear(c.read(), exact, (i) => gamma(depth + 1) * (magnitude[i] as number), what);
    // The bits must not depend on whether the product looks for zeros, which it may skip at any density.
    expectSameBits(c.read(), rounded, what);
    memory.expectGuards(what);
  }
}

/**
 * Every depth up to 70 with every width, or one in `every` of these pairs; depth 5 also with all numbers of
 * rows.
 */
export function checkDepths(engine: Engine, densities: readonly number[], every = 1): void {
  for (const depth of range(1, 70)) {
    for (const [i, columns] of COLUMNS.entries()) {
      if ((depth + i) % every > 0) continue;
      checkProduct(engine, ROWS[(depth + i) % ROWS.length] as number, columns, depth, densities);
    }
  }
}
