// A broken fast path computes the right numbers slowly, which no test notices. This compares kernels with a
// plain loop in the same run, so that the machine's speed does not matter, and fails only where a ratio has
// collapsed: the floors are a third of the usual ratio, or less.

import { Random } from '../src/base/random.js';
import { acquireEngine } from '../src/engine/kernels.js';
import { Arena } from '../src/engine/memory.js';
import { scratchBytes } from '../src/engine/thread-steps.js';
import { median } from './median.js';

const [ROWS, DEPTH, COLUMNS] = [64, 784, 64];

const engine = acquireEngine({});
const arena = new Arena(engine.memory);
const a = arena.floats(ROWS * DEPTH, 'a');
const b = arena.floats(DEPTH * COLUMNS, 'b');
const c = arena.floats(ROWS * COLUMNS, 'c');
const scratch = arena.take(scratchBytes(DEPTH + 8), 'scratch');
engine.kernels.prepareTable(scratch, 0);
const { buffer } = engine.memory;
const [A, B, C] = [
  new Float32Array(buffer, a, ROWS * DEPTH),
  new Float32Array(buffer, b, DEPTH * COLUMNS),
  new Float32Array(buffer, c, ROWS * COLUMNS),
];

function fill(density: number): void {
  const random = new Random(1);
  for (let i = 0; i < A.length; i++) A[i] = random.below(100) < 100 * density ? random.signed() : 0;
  for (let i = 0; i < B.length; i++) B[i] = random.signed();
}

/** The product straight from its definition. */
function naive(): void {
  for (let i = 0; i < ROWS; i++) {
    for (let j = 0; j < COLUMNS; j++) {
      let sum = 0;
      for (let k = 0; k < DEPTH; k++) {
        sum += (A[i * DEPTH + k] as number) * (B[k * COLUMNS + j] as number);
      }
      C[i * COLUMNS + j] = sum;
    }
  }
}

const product = (sparse: number) => () =>
  engine.kernels.product(
    a,
    DEPTH * 4,
    b,
    COLUMNS * 4,
    c,
    COLUMNS * 4,
    0,
    ROWS,
    COLUMNS,
    DEPTH,
    scratch,
    sparse,
  );

/** Seconds per call: the median of 15 turns of `calls` calls each, after a warm-up of 15 turns. */
function seconds(call: () => void, calls: number): number {
  const turn = () => {
    const start = performance.now();
    for (let i = 0; i < calls; i++) call();
    return (performance.now() - start) / calls / 1000;
  };
  for (let i = 0; i < 15; i++) turn();
  return median(Array.from({ length: 15 }, turn));
}

fill(1);
const plain = seconds(naive, 2);
const dense = seconds(product(0), 40);
fill(0.2);
const skipping = seconds(product(1), 40);

let collapsed = false;
for (const [name, ratio, floor] of [
  ['the dense product against a plain loop', plain / dense, 10],
  ['the sparse product at 20 % against the dense one', dense / skipping, 1.25],
] as const) {
  const verdict = ratio >= floor ? 'fine' : 'COLLAPSED';
  console.log(`${name}: ${ratio.toFixed(1)}x (at least ${floor}x): ${verdict}`);
  collapsed ||= ratio < floor;
}
process.exitCode = collapsed ? 1 : 0;
