// `npm run bench`: the speed of the kernels and of the library, each compared with the SIMD128 peak of this
// machine, measured in the same run. All figures are medians; run it on an idle machine.
// With `-- --threads 1,2,4` it measures how training scales with threads instead.

import { Bench } from 'tinybench';
import { hasWideSimd } from '../src/base/platform.js';
import { Random } from '../src/base/random.js';
import { acquireEngine, type Engine } from '../src/engine/kernels.js';
import { Arena } from '../src/engine/memory.js';
import { takeRecord } from '../src/engine/records.js';
import { scratchBytes } from '../src/engine/thread-steps.js';
import * as abi from '../src/generated/abi.js';
import { round4 } from '../src/model/network.js';
import { benchLibrary } from './fit.js';
import { peakMeter } from './peak/measure.js';
import { benchThreads, threadCounts } from './threads.js';

interface Shape {
  readonly product: 'gather' | 'dot' | 'outer';
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
}

/** The three products of a layer (wide -> narrow) for a batch; see assembly/kernels/gemm.ts. */
function shapesOf(wide: number, narrow: number, batch: number): Shape[] {
  return [
    { product: 'gather', rows: batch, depth: wide, columns: narrow },
    { product: 'dot', rows: wide, depth: narrow, columns: batch },
    { product: 'outer', rows: wide, depth: batch, columns: narrow },
  ];
}

const SHAPES = [
  ...shapesOf(784, 64, 64),
  ...shapesOf(784, 1000, 64),
  ...shapesOf(1000, 500, 256),
  ...shapesOf(250, 30, 64),
];
const DENSITIES = [1, 0.5, 0.2, 0.05];
/** The number of weights: the paper's network has about this many. */
const ADAM_ELEMENTS = 2 * 784 * 64;
/** How many milliseconds each figure is measured for, after a warm-up of the same length. */
const TIME = 250;

/** A call of a kernel, and the work it does. */
interface Case {
  readonly name: string;
  /** The floating-point operations that remain when all zeros are skipped. */
  readonly flops: number;
  run(): void;
}

/** A product with its operands laid out from the start of the memory. */
function productCase(engine: Engine, shape: Shape, density: number): Case {
  const { product, rows, depth } = shape;
  const columns = round4(shape.columns);
  const arena = new Arena(engine.memory);
  const random = new Random(1);
  const lda = round4(depth) * 4;
  const a = arena.take(rows * lda, 'a');
  const b = arena.floats(depth * columns, 'b');
  const c = arena.floats(rows * columns, 'c');
  // Weights have no zeros, so only gather and outer check for them.
  const sparse = Number(product !== 'dot');
  const scratch = arena.take(scratchBytes(depth + 8), 'scratch');
  engine.kernels.prepareTable(scratch, Number(hasWideSimd()));
  const floats = (address: number, count: number) =>
    new Float32Array(engine.memory.buffer, address, count);
  floats(b, depth * columns).forEach((_, i, all) => {
    all[i] = random.signed();
  });
  let nonZeros = 0;
  for (let i = 0; i < rows; i++) {
    const row = floats(a + i * lda, lda / 4).fill(0);
    for (let k = 0; k < depth; k++) {
      if ((random.signed() + 1) / 2 >= density) continue;
      row[k] = random.signed();
      nonZeros++;
    }
  }
  const name = `${product} ${rows} x ${depth} x ${shape.columns}`;
  return {
    name: product === 'dot' ? name : `${name}, ${density * 100} % non-zero`,
    flops: 2 * nonZeros * columns,
    run: () =>
      engine.kernels.product(
        a,
        lda,
        b,
        columns * 4,
        c,
        columns * 4,
        0,
        rows,
        columns,
        depth,
        scratch,
        sparse,
      ),
  };
}

function adamCase(engine: Engine): Case {
  const arena = new Arena(engine.memory);
  const [w, dw, m, v] = [0, 1, 2, 3].map(() => arena.floats(ADAM_ELEMENTS, 'adam')) as [
    number,
    number,
    number,
    number,
  ];
  const random = new Random(1);
  const all = (address: number) => new Float32Array(engine.memory.buffer, address, ADAM_ELEMENTS);
  for (const address of [w, dw]) {
    all(address).set(Float32Array.from({ length: ADAM_ELEMENTS }, () => random.signed()));
  }
  for (const address of [m, v]) all(address).fill(0);
  const step = {
    ...{ stepSize: 0.001, rootCorrection: 1, epsilon: 1e-8, weightDecay: 1e-5, keep: 1 },
    ...{ beta1: 0.9, beta1Rest: 0.1, beta2: 0.999, beta2Rest: 0.001 },
    ...{ kind: abi.ADAM, settles: 0 },
  };
  const record = takeRecord(arena, abi.OptimizerStep, step, 'a step');
  return {
    name: `adam, ${ADAM_ELEMENTS.toLocaleString('en')} weights`,
    flops: 0,
    run: () => engine.kernels.step(w, dw, m, v, ADAM_ELEMENTS / 4, record),
  };
}

/** The median time of a call, in seconds. */
async function time({ name, run }: Case): Promise<number> {
  const bench = new Bench({ time: TIME, warmupTime: TIME });
  bench.add(name, run);
  const [task] = await bench.run();
  if (task?.result.state !== 'completed') throw new Error(`${name}: ${task?.result.state}`);
  return task.result.latency.p50 / 1000;
}

const counts = threadCounts(process.argv);
if (counts) {
  await benchThreads(counts);
  process.exit();
}

const engine = acquireEngine({});
const measurePeak = await peakMeter();
let peak = measurePeak();
let best = 0;
console.log(`SIMD128 multiply-add peak: ${peak.toFixed(1)} GFLOP/s (Node ${process.version})\n`);

console.log(`${'product, rows x depth x columns'.padEnd(44)} GFLOP/s   of peak`);
for (const shape of SHAPES) {
  for (const density of shape.product === 'dot' ? [1] : DENSITIES) {
    // One case at a time, since each writes its operands over those of the previous one.
    const given = productCase(engine, shape, density);
    const speed = given.flops / (await time(given)) / 1e9;
    best = Math.max(best, speed);
    const share = `${((speed / peak) * 100).toFixed(0)} %`;
    console.log(`${given.name.padEnd(44)} ${speed.toFixed(1).padStart(7)} ${share.padStart(9)}`);
  }
}
console.log('Zeros in A count as no work, skipped or not.\n');

const adam = adamCase(engine);
const adamRate = ADAM_ELEMENTS / (await time(adam)) / 1e9;
console.log(`${adam.name.padEnd(44)} ${adamRate.toFixed(2)} G elements/s\n`);

await benchLibrary(peak);

// If a kernel exceeds the peak, either the clock speed has changed or the peak was measured too low.
peak = measurePeak();
console.log(`\nSIMD128 multiply-add peak at the end: ${peak.toFixed(1)} GFLOP/s`);
if (best > peak) {
  console.error(
    `A product reached ${best.toFixed(1)} GFLOP/s: the machine was busy, run it again.`,
  );
  process.exitCode = 1;
}
