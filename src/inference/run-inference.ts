// Runs calls of encode, decode and similar methods: chooses the engine and the order.

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

/** The model whose rows are run. */
export interface Runner {
  /** The owner of the engine; see src/engine/kernels.ts. */
  readonly owner: object;
  readonly network: Network;
  readonly flavour: Flavour;
  /** The maximum number of threads. */
  readonly threads: number;
  readonly workerUrl: string | undefined;
}

/**
 * How many calls longer than a slice may run at once. More would share the same threads, and each takes the
 * memory of an engine: 200 at once took 3 GB. Waiting cannot deadlock, because running calls only compute
 * and never wait for a caller's own work.
 */
const MOST = 4;
let running = 0;
const waiting: (() => void)[] = [];

/** Milliseconds for which short calls have blocked the calling thread since the last turn of the event loop. */
let kept = 0;
/** Whether the next turn is already being waited for. */
let isCounting = false;

/**
 * Runs a task, in turn, on rows as the network takes them, with its current weights. The result is a new
 * Matrix, or `into`, which has its shape.
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
  // While the engine is compiled, the caller may change the rows: a few are copied first.
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

/** Runs synchronously, so its memory is free before the next call, however many calls are made. */
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

/** The synchronous {@link runTask}, on the calling thread. */
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

/** The task laid out on an engine for this many threads, reusing the layout if it is still valid. */
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
