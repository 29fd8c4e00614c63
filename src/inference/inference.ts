import { yieldToEventLoop } from '../base/platform.js';
import { nonFiniteError, type RowSource, type SparseReader } from '../data/matrix.js';
import { fillMissing, meanErrors, observedError, requireNoInfinity } from '../data/missing.js';
import { describeRows, packInto, type SparseRoom, takeSparseRoom } from '../engine/dataset.js';
import type { Engine } from '../engine/kernels.js';
import { Arena } from '../engine/memory.js';
import { indexOf, takeRecord, writeField } from '../engine/records.js';
import { layOutSteps } from '../engine/thread-steps.js';
import * as abi from '../generated/abi.js';
import type { OutputColumn } from '../model/columns.js';
import type { Layer, Network } from '../model/network.js';
import { inferenceProgram } from './inference-program.js';
import { placeIntegers } from './int16.js';

/** The layers to run, and the result to take from them. */
export type Task =
  | ('encode' | 'decode' | 'reconstruct' | 'error' | 'columnErrors')
  /** encode with the first layer's products in integers, for bytes only. */
  | 'encodeIntegers';

/** Rows per pass: enough for the product to reuse its weights, few enough for the L2 cache. */
const BATCH = 64;

/** Rows are copied in and out in slabs of about this size. */
const SLAB_BYTES = 1024 * 1024;
/** A slab has at most about this much work, in floating-point operations: a few milliseconds of a thread. */
const SLAB_WORK = 2.5e7;
/** A call with less memory and work than this runs on the calling thread, for some 10 ms. */
const [SHORT_BYTES, SHORT_WORK] = [4 * 1024 * 1024, 2e8];
/**
 * Slabs in the ring that threads share. A thread can go on for so many slabs while another thread's last
 * pass waits for a processor, or while the caller waits for its turn to fill them.
 */
const RING = 8;

/**
 * From this much work on, in floating-point operations, workers are used: with two threads, 2,000 rows of
 * 784-64 take as long as with one, and more rows take less.
 */
const WORKER_WORK = 2e8;

/** The buffers of a slab: where its rows are copied to and its results are copied from. */
interface Slab {
  /** The address for rows that are not compressed. */
  readonly input: number;
  /** The space for compressed rows. */
  readonly packed: SparseRoom | undefined;
  readonly output: number;
  /** The address of its Slab record (assembly/abi.ts). */
  readonly record: number;
  /** The record. */
  readonly fields: Int32Array;
  /** The views for the last number of rows, kept because making them takes as long as encoding a row. */
  views: Views | undefined;
}

/** The rows and results of a slab with so many rows. */
interface Views {
  readonly rows: number;
  readonly input: Uint8Array | Float32Array;
  readonly output: Float32Array;
}

const [ROWS, FINISHED, NON_FINITE] = (['rows', 'finished', 'nonFinite'] as const).map((field) =>
  indexOf(abi.Slab, field),
) as [number, number, number];

/**
 * For so many milliseconds, this thread polls whether workers have finished their last rows, which take
 * some 0.1 ms. Then it lets the event loop run, which also reports a lost worker.
 */
const LOOK_MS = 2;

/** The layers of a task, [from, to). */
function layersOf(network: Network, task: Task): [number, number] {
  const end = network.layers.length;
  if (task === 'encode' || task === 'encodeIntegers') return [0, network.encoderDepth];
  return [task === 'decode' ? network.encoderDepth : 0, end];
}

/** Whether the result of a task is the errors of a network's columns, or their mean. */
function isOfErrors(task: Task): boolean {
  return task === 'error' || task === 'columnErrors';
}

/** The compressed rows, if the first layer can work from their non-zeros. */
function sparseRowsOf(
  network: Network,
  task: Task,
  { sparse }: Pick<RowSource, 'sparse'>,
): SparseReader | undefined {
  return task !== 'decode' && network.layers[0]?.rowsAreInputs ? sparse : undefined;
}

/** The work per row, in floating-point operations; with compressed `rows`, of their average row. */
function rowWork(network: Network, task: Task, rows?: RowSource): number {
  const layers = network.layers.slice(...layersOf(network, task));
  const sparse = rows && sparseRowsOf(network, task, rows);
  const entries = sparse && rows.rows > 0 ? sparse.count(0, rows.rows) / rows.rows : Infinity;
  return layers.reduce(
    (sum, { inputs, outputs }, l) =>
      sum + 2 * (l > 0 ? inputs : Math.min(inputs, entries)) * outputs,
    0,
  );
}

/** How many threads, at most `most`, the rows are worth: this one, and workers besides it. */
export function threadsFor(network: Network, task: Task, source: RowSource, most: number): number {
  const work = source.rows * rowWork(network, task, source);
  return work >= WORKER_WORK ? Math.min(most, Math.ceil(source.rows / BATCH)) : 1;
}

/** Whether the calling thread can process the rows in one slab, within some 10 ms. */
export function isShort(network: Network, task: Task, { rows, width }: RowSource): boolean {
  const [, to] = layersOf(network, task);
  const outputs = network.layers[to - 1]?.outputs as number;
  const bytes = 4 * Math.max(width, outputs);
  return rows <= Math.max(BATCH, SHORT_BYTES / bytes) && rows * rowWork(network, task) < SHORT_WORK;
}

/** Rows per slab: whole batches. */
function slabRowsOf(network: Network, task: Task, rowBytes: number): number {
  const rows = Math.min(SLAB_BYTES / rowBytes, SLAB_WORK / rowWork(network, task));
  return BATCH * Math.max(1, Math.floor(rows / BATCH));
}

/** A network's version and parameters at the time of a call. */
export type Weights = Pick<Network, 'version' | 'block'>;

/**
 * One task of one network on one engine, for bytes or for other rows: everything that outlives a call. If
 * rows may have missing cells, errors are computed here, over the observed cells; the network sees the
 * values of `RowSource.missing` instead of the others.
 */
export class Inference {
  readonly #engine: Engine;
  readonly #network: Network;
  readonly #version: number;
  readonly #task: Task;
  readonly #bytes: boolean;
  readonly #missing: Float32Array | undefined;
  readonly #isSparse: boolean;
  /** The columns whose errors the network's pass computes, if it does. */
  readonly #columns: readonly OutputColumn[] | undefined;
  readonly #inputWidth: number;
  /** Values per row that the network's pass returns. */
  readonly #passWidth: number;
  readonly #slabRows: number;
  /** One slab, or a ring of them: some are filled and emptied while threads work on the others. */
  readonly #slabs: readonly Slab[];
  /** The Queue (assembly/abi.ts) from which threads take the ring's passes. */
  readonly #queue: number;
  /** Passes per slab. */
  readonly #passes: number;
  /** A plan for each thread. */
  readonly #plans: readonly number[];
  /**
   * Values per row of the result: a row's outputs, or its error. If cells may be missing, and for columns,
   * the number of observed cells, or the sum of their weights, follows.
   */
  readonly outputWidth: number;

  constructor(
    engine: Engine,
    network: Network,
    { version, block }: Weights,
    task: Task,
    source: RowSource,
    threads: number,
  ) {
    const { bytes, missing } = source;
    const isSparse = sparseRowsOf(network, task, source) !== undefined;
    this.#isSparse = isSparse;
    this.#engine = engine;
    engine.contents = undefined; // until everything below is laid out
    this.#network = network;
    this.#version = version;
    this.#task = task;
    this.#bytes = bytes;
    this.#missing = missing;
    const { memory } = engine;
    const arena = new Arena(memory);
    const base = arena.floats(block.length, 'the parameters');
    new Float32Array(memory.buffer, base, block.length).set(block);
    const [from, to] = layersOf(network, task);
    const layers = network.layers.slice(from, to);
    const integers =
      task === 'encodeIntegers' ? placeIntegers(arena, layers[0] as Layer, block) : undefined;
    const width = layers[0]?.inputs as number;
    const outputs = layers[layers.length - 1]?.outputs as number;
    this.#inputWidth = width;
    const columns = isOfErrors(task) ? network.columns : undefined;
    this.#columns = columns;
    const isError = columns !== undefined || (task === 'error' && !missing);
    this.#passWidth = columns?.length ?? (isError ? 1 : outputs);
    const hasParts = missing !== undefined || columns !== undefined;
    this.outputWidth = task === 'error' ? 1 + Number(hasParts) : this.#passWidth;
    const rowBytes = 4 * Math.max(width, outputs);
    this.#slabRows = slabRowsOf(network, task, rowBytes);
    this.#passes = this.#slabRows / BATCH;
    // Wide rows have larger slabs, and fewer of them.
    const ring = Math.floor((Math.max(RING, threads) * SLAB_BYTES) / (this.#slabRows * rowBytes));
    const slabs = threads > 1 ? Math.min(Math.max(2, ring), Math.max(RING, threads)) : 1;

    const order = arena.take(this.#slabRows * 4, 'a batch');
    this.#plans = Array.from({ length: threads }, () => {
      const program = inferenceProgram(arena, network, base, BATCH, {
        ...{
          from,
          to,
          error: isError,
          floats: !bytes,
          fill: missing,
          compressed: isSparse,
          integers,
        },
      });
      const step = layOutSteps(engine, arena, network, BATCH, 1, 0, false, isSparse);
      const { address: operations, count, result, ldResult } = program;
      const rowBytes = 4 * this.#passWidth;
      const plan = { operations, count, step, batchSize: BATCH, order, result, ldResult, rowBytes };
      return takeRecord(arena, abi.InferencePlan, plan, 'a plan');
    });
    this.#slabs = Array.from({ length: slabs }, () => {
      const packed = isSparse
        ? takeSparseRoom(arena, width, this.#slabRows, Math.max(width + 1, SLAB_BYTES / 8))
        : undefined;
      const input = packed ? 0 : arena.floats(this.#slabRows * width, 'a batch');
      const output = arena.floats(this.#slabRows * this.#passWidth, 'a batch');
      const dataset =
        packed?.address ?? describeRows(arena, bytes ? 'bytes' : 'floats', width, input);
      const slab = { dataset, output, rows: 0, finished: 0, nonFinite: abi.NONE };
      const record = takeRecord(arena, abi.Slab, slab, 'a batch');
      const fields = new Int32Array(memory.buffer, record, Object.keys(abi.Slab).length);
      return { input, packed, output, record, fields, views: undefined };
    });
    const records = arena.take(slabs * 4, 'a batch');
    new Uint32Array(memory.buffer, records, slabs).set(this.#slabs.map(({ record }) => record));
    const queue = { posted: 0, taken: 0, passes: this.#passes, slabs: records, count: slabs };
    this.#queue = takeRecord(arena, abi.Queue, queue, 'a batch');
    const numbers = new Uint32Array(memory.buffer, order, this.#slabRows);
    for (let i = 0; i < numbers.length; i++) numbers[i] = i;
    engine.contents = this;
  }

  /** Whether this can run `task` on such rows with these weights and this many threads. */
  serves(
    network: Network,
    { version }: Weights,
    task: Task,
    source: RowSource,
    threads: number,
  ): boolean {
    return (
      this.#network === network &&
      this.#version === version &&
      this.#task === task &&
      this.#bytes === source.bytes &&
      this.#missing === source.missing &&
      this.#isSparse === (sparseRowsOf(network, task, source) !== undefined) &&
      this.#plans.length === threads
    );
  }

  /** Runs the next slab of rows on this thread; returns the row to continue with. */
  runSlab(source: RowSource, from: number, out: Float32Array): number {
    const slab = this.#slabs[0] as Slab;
    const rows = this.#copyIn(source, from, slab);
    this.#engine.kernels.infer(this.#plans[0] as number, slab.record);
    this.#copyOut(source, from, rows, slab, out);
    return from + rows;
  }

  /**
   * Runs all rows on this thread and in workers. This thread fills the ring's slabs and copies their
   * results out, in order, and helps with passes in between. Communication goes through shared memory;
   * messages are only sent at the beginning and at the end.
   */
  async runInWorkers(
    source: RowSource,
    out: Float32Array,
    pause: () => Promise<void> | undefined,
  ): Promise<void> {
    const { memory, pool, kernels } = this.#engine;
    const [plan = 0, ...others] = this.#plans;
    const ring = this.#slabs;
    const posted = new Int32Array(memory.buffer, this.#queue + abi.Queue.posted[0], 1);
    const post = (passes: number) => {
      Atomics.store(posted, 0, passes);
      Atomics.notify(posted, 0);
    };
    posted[0] = 0;
    writeField(memory, this.#queue, abi.Queue, 'taken', 0);
    const running = pool.run(others.map((plan) => ({ name: 'serve', args: [plan, this.#queue] })));
    running.catch(() => {}); // thrown below, whenever it rejects
    const help = Math.ceil(this.#passes / RING);
    try {
      const filled: { slab: Slab; from: number; rows: number }[] = [];
      let [count, from] = [0, 0];
      while (from < source.rows || filled.length > 0) {
        const oldest = filled[0];
        if (from < source.rows && filled.length < ring.length) {
          const slab = ring[count % ring.length] as Slab;
          const rows = this.#copyIn(source, from, slab);
          post(++count * this.#passes);
          filled.push({ slab, from, rows });
          from += rows;
        } else if (oldest && this.#isFinished(oldest.slab)) {
          this.#copyOut(source, oldest.from, oldest.rows, oldest.slab, out);
          filled.shift();
        } else if (oldest && kernels.inferPosted(plan, this.#queue, help) === 0) {
          await this.#finished(oldest.slab, running);
        }
        await pause();
      }
    } finally {
      post(abi.CLOSED);
      await running;
    }
  }

  /** Resolves when all passes of the slab are done, and rejects if a worker is lost. */
  async #finished(slab: Slab, running: Promise<unknown>): Promise<void> {
    const end = performance.now() + LOOK_MS;
    while (!this.#isFinished(slab)) {
      if (performance.now() > end) await Promise.race([running, yieldToEventLoop()]);
    }
  }

  #isFinished({ fields }: Slab): boolean {
    return Atomics.load(fields, FINISHED) === this.#passes;
  }

  #copyIn(source: RowSource, from: number, slab: Slab): number {
    const rows = slab.packed
      ? packInto(this.#engine, slab.packed, source, source.sparse as SparseReader, from)
      : this.#copyDense(source, from, slab);
    const { fields } = slab;
    fields[ROWS] = rows;
    fields[FINISHED] = 0;
    fields[NON_FINITE] = abi.NONE;
    return rows;
  }

  #copyDense(source: RowSource, from: number, slab: Slab): number {
    const rows = Math.min(this.#slabRows, source.rows - from);
    const values = this.#viewsOf(slab, rows).input;
    source.copy(from, from + rows, values);
    if (source.missing && values instanceof Float32Array) {
      requireNoInfinity(source, from, values);
      if (!this.#columns) fillMissing(values, source.missing);
    }
    return rows;
  }

  #viewsOf(slab: Slab, rows: number): Views {
    if (slab.views?.rows === rows) return slab.views;
    const { buffer } = this.#engine.memory;
    const Values = this.#bytes ? Uint8Array : Float32Array;
    const input = new Values(buffer, slab.input, slab.packed ? 0 : rows * this.#inputWidth);
    const output = new Float32Array(buffer, slab.output, rows * this.#passWidth);
    slab.views = { rows, input, output };
    return slab.views;
  }

  /** Takes a slab's results, unless a thread found a value that is not finite. */
  #copyOut(source: RowSource, from: number, rows: number, slab: Slab, out: Float32Array): void {
    const { input, output: values } = this.#viewsOf(slab, rows);
    const bad = slab.fields[NON_FINITE] as number;
    if (bad < abi.NONE) throw nonFiniteError(source, from, bad, input[bad]);
    if (this.#task !== 'error') out.set(values, from * this.outputWidth);
    else if (this.#columns) meanErrors(values, this.#columns, out.subarray(from * 2));
    else if (this.#missing) this.#takeErrors(source, from, rows, values, out);
    else for (let i = 0; i < rows; i++) out[from + i] = (values[i] as number) / this.#inputWidth;
  }

  /** The error of each row over its observed cells, and their number, from the outputs y. */
  #takeErrors(
    source: RowSource,
    from: number,
    rows: number,
    y: Float32Array,
    out: Float32Array,
  ): void {
    const width = this.#inputWidth;
    const x = new Float32Array(rows * width);
    source.copy(from, from + rows, x); // again, because the slab no longer has NaN
    for (let i = 0; i < rows; i++) {
      const [at, end] = [i * width, (i + 1) * width];
      out.set(observedError(x.subarray(at, end), y.subarray(at, end)), (from + i) * 2);
    }
  }
}
