// encode, decode and similar calls, from the call to its result: on which engine, and when.

import { sharesMemory, yieldToEventLoop } from '../base/platform.js';
import { SLICE_MS, timeSlices } from '../base/slices.js';
import { copied, Matrix, type RowSource } from '../data/matrix.js';
import {
  acquireEngine,
  type Engine,
  isAtHand,
  openEngine,
  releaseEngine,
} from '../engine/kernels.js';
import type { Flavour } from '../engine/modules.js';
import { takeWorkers } from '../engine/worker-budget.js';
import type { Network } from '../model/network.js';
import { Inference, isShort, type Task, threadsFor, type Weights } from './inference.js';

/** Whose rows are run. */
export interface Runner {
  /** Whose the engine is then; see src/engine/kernels.ts. */
  readonly owner: object;
  readonly network: Network;
  readonly flavour: Flavour;
  /** The most threads to use. */
  readonly threads: number;
  readonly workerUrl: string | undefined;
}

/**
 * How many calls run at once that take longer than a slice. More would share the same threads, and each
 * takes the memory of an engine: 200 at once took 3 GB. Who waits here waits for arithmetic alone, never
 * for a caller's own work: so all are served.
 */
const MOST = 4;
let running = 0;
const waiting: (() => void)[] = [];

/** Milliseconds that short calls have kept the calling thread since the event loop last turned. */
let kept = 0;
/** Whether somebody looks when it does. */
let isCounting = false;

/**
 * Runs a task on rows as the network takes them, scaled, with the weights it has now; in turn. The result
 * is a new Matrix, or `into`, which has its shape.
 */
export async function runTask(
  model: Runner,
  task: Task,
  source: RowSource,
  into?: Matrix,
): Promise<Matrix> {
  const short = isShort(model.network, task, source);
  const isReady = isAtHand(model.flavour);
  if (short && isReady && kept < SLICE_MS) return runShort(model, task, source, into);
  const weights = model.network.weights();
  // A few rows are read at the call, the first one too, which compiles.
  const rows = short && !isReady ? copied(source) : source;
  if (running === MOST) await new Promise<void>((resolve) => waiting.push(resolve));
  else running++;
  try {
    if (short) await yieldToEventLoop();
    return await runInSlices(model, weights, task, rows, into);
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running--;
  }
}

/** At once: its memory is free again before the next call, however many are made. */
function runShort(model: Runner, task: Task, source: RowSource, into: Matrix | undefined): Matrix {
  if (!isCounting) {
    isCounting = true;
    yieldToEventLoop().then(() => {
      isCounting = false;
      kept = 0;
    });
  }
  const start = performance.now();
  try {
    return runTaskSync(model, task, source, into);
  } finally {
    kept += performance.now() - start;
  }
}

/** The same at once, on the calling thread. */
export function runTaskSync(model: Runner, task: Task, source: RowSource, into?: Matrix): Matrix {
  const engine = acquireEngine(model.owner, model.flavour);
  try {
    const inference = inferenceOn(engine, model.network, model.network, task, source, 1);
    const result = into ?? resultOf(inference, source);
    for (let at = 0; at < source.rows; ) at = inference.runSlab(source, at, result.data);
    return result;
  } finally {
    releaseEngine(engine);
  }
}

async function runInSlices(
  { owner, network, flavour, threads, workerUrl }: Runner,
  weights: Weights,
  task: Task,
  source: RowSource,
  into: Matrix | undefined,
): Promise<Matrix> {
  const engine = await openEngine(owner, flavour);
  try {
    const wanted = threadsFor(network, task, source, sharesMemory() ? threads : 1) - 1;
    const workers = wanted > 0 ? await takeWorkers(engine, wanted, workerUrl) : 0;
    const inference = inferenceOn(engine, network, weights, task, source, workers + 1);
    const result = into ?? resultOf(inference, source);
    const pause = timeSlices();
    if (workers > 0) {
      await inference.runInWorkers(source, result.data, pause);
    } else {
      for (let at = 0; at < source.rows; await pause()) {
        at = inference.runSlab(source, at, result.data);
      }
    }
    return result;
  } finally {
    releaseEngine(engine);
  }
}

/** The task laid out on an engine for so many threads, unless it still is. */
function inferenceOn(
  engine: Engine,
  network: Network,
  weights: Weights,
  task: Task,
  source: RowSource,
  threads: number,
): Inference {
  const { contents } = engine;
  const isReady =
    contents instanceof Inference && contents.serves(network, weights, task, source, threads);
  return isReady ? contents : new Inference(engine, network, weights, task, source, threads);
}

function resultOf({ outputWidth }: Inference, { rows }: RowSource): Matrix {
  return new Matrix(new Float32Array(rows * outputWidth), [rows, outputWidth]);
}
