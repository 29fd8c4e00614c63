import { describeRows } from './dataset.js';
import type { Engine } from './kernels.js';
import { nonFiniteError, type RowSource } from './matrix.js';
import { Arena } from './memory.js';
import type { Network } from './network.js';
import { inferenceProgram, layOutSteps } from './program.js';

/** Which stretch of the network to run, and what to take from it. */
export type Task = 'encode' | 'decode' | 'reconstruct' | 'error';

/** Rows a pass: enough for the product to reuse its weights, few enough for the second-level cache. */
const BATCH = 64;

/** Rows are copied in and out by slabs of about this size: some milliseconds of work. */
const SLAB_BYTES = 4 * 1024 * 1024;

/**
 * From this much work on, in floating-point operations, workers are asked: with two threads 2,000
 * rows of 784-64 then take as long as with one, and more rows less.
 */
const WORKER_WORK = 2e8;

/** Rows on their way through: where they are copied to, and their results from. */
interface Slab {
  readonly input: number;
  readonly output: number;
  /** Descriptions of the input as rows (assembly/batch.ts), by what they are made of. */
  readonly bytes: number;
  readonly floats: number;
}

/** The layers of a task, [from, to). */
function layersOf(network: Network, task: Task): [number, number] {
  const end = network.layers.length;
  if (task === 'encode') return [0, network.encoderDepth];
  return [task === 'decode' ? network.encoderDepth : 0, end];
}

/** How many threads, `most` at the most, `rows` rows are worth: this one, and workers beside it. */
export function threadsFor(network: Network, task: Task, rows: number, most: number): number {
  const layers = network.layers.slice(...layersOf(network, task));
  const work = layers.reduce((sum, layer) => sum + 2 * layer.inputs * layer.outputs, 0);
  return rows * work >= WORKER_WORK ? Math.min(most, Math.ceil(rows / BATCH)) : 1;
}

/** One task of one network on one engine: everything that outlives a slab. */
export class Inference {
  readonly #engine: Engine;
  readonly #network: Network;
  readonly #version: number;
  readonly #task: Task;
  readonly #inputWidth: number;
  readonly #slabRows: number;
  readonly #slab: Slab;
  /** A plan for each thread. */
  readonly #plans: readonly number[];
  /** Values a row of the result: a row's outputs, or its one error. */
  readonly outputWidth: number;

  constructor(engine: Engine, network: Network, task: Task, threads: number) {
    this.#engine = engine;
    engine.contents = undefined; // until all below is laid out
    this.#network = network;
    this.#version = network.version;
    this.#task = task;
    const { memory } = engine;
    const arena = new Arena(memory);
    const base = arena.floats(network.block.length, 'the parameters');
    new Float32Array(memory.buffer, base, network.block.length).set(network.block);
    const [from, to] = layersOf(network, task);
    const layers = network.layers.slice(from, to);
    const width = layers[0]?.inputs as number;
    const outputs = layers[layers.length - 1]?.outputs as number;
    this.#inputWidth = width;
    this.outputWidth = task === 'error' ? 1 : outputs;
    const rowBytes = 4 * Math.max(width, outputs);
    this.#slabRows = BATCH * Math.max(1, Math.floor(SLAB_BYTES / (BATCH * rowBytes)));

    const order = arena.take(this.#slabRows * 4, 'a batch');
    this.#plans = Array.from({ length: threads }, () => {
      const program = inferenceProgram(arena, network, base, BATCH, from, to, task === 'error');
      const step = layOutSteps(engine, arena, network, BATCH, 1, 0);
      const { result, ldResult } = program;
      const { address, count } = program;
      const words = [address, count, step, BATCH, order, result, ldResult, 4 * this.outputWidth];
      const plan = arena.take(words.length * 4, 'a plan');
      new Uint32Array(memory.buffer, plan, words.length).set(words);
      return plan;
    });
    const input = arena.floats(this.#slabRows * width, 'a batch');
    const output = arena.floats(this.#slabRows * this.outputWidth, 'a batch');
    const bytes = describeRows(arena, 'bytes', width, input);
    this.#slab = { input, output, bytes, floats: describeRows(arena, 'floats', width, input) };
    const numbers = new Uint32Array(memory.buffer, order, this.#slabRows);
    for (let i = 0; i < numbers.length; i++) numbers[i] = i;
    engine.contents = this;
  }

  /** Whether this can do `task` for the network as it is now, with as many threads or more. */
  serves(network: Network, task: Task, threads: number): boolean {
    return (
      this.#network === network &&
      this.#version === network.version &&
      this.#task === task &&
      this.#plans.length >= threads
    );
  }

  /** Runs the next slab of rows on this thread; returns where to go on. */
  runSlab(source: RowSource, from: number, out: Float32Array): number {
    const slab = this.#slab;
    const rows = this.#copyIn(source, from, slab);
    const dataset = source.bytes ? slab.bytes : slab.floats;
    const { kernels } = this.#engine;
    const bad = kernels.infer(this.#plans[0] as number, dataset, slab.output, 0, rows);
    this.#copyOut(source, from, rows, slab, out, [bad]);
    return from + rows;
  }

  /** Runs the next slab of rows on this thread and in workers; resolves to where to go on. */
  async runSlabInWorkers(
    source: RowSource,
    from: number,
    out: Float32Array,
    threads: number,
  ): Promise<number> {
    const slab = this.#slab;
    const rows = this.#copyIn(source, from, slab);
    const dataset = source.bytes ? slab.bytes : slab.floats;
    const batches = Math.ceil(rows / BATCH);
    const share = (thread: number) =>
      Math.min(rows, BATCH * Math.floor((batches * thread) / threads));
    const [mine, ...others] = this.#plans
      .slice(0, threads)
      .map(
        (plan, thread) => [plan, dataset, slab.output, share(thread), share(thread + 1)] as const,
      );
    const { kernels, pool } = this.#engine;
    const running = pool.run(others.map((args) => ({ name: 'infer', args })));
    const bad = kernels.infer(...(mine as NonNullable<typeof mine>));
    this.#copyOut(source, from, rows, slab, out, [bad, ...(await running)]);
    return from + rows;
  }

  #copyIn(source: RowSource, from: number, slab: Slab): number {
    const rows = Math.min(this.#slabRows, source.rows - from);
    const count = rows * this.#inputWidth;
    const { buffer } = this.#engine.memory;
    source.copy(
      from,
      from + rows,
      source.bytes
        ? new Uint8Array(buffer, slab.input, count)
        : new Float32Array(buffer, slab.input, count),
    );
    return rows;
  }

  /** Takes a slab's results, unless a thread found a value that is not finite. */
  #copyOut(
    source: RowSource,
    from: number,
    rows: number,
    slab: Slab,
    out: Float32Array,
    found: readonly number[],
  ): void {
    const { buffer } = this.#engine.memory;
    const bad = found.find((index) => index >= 0);
    if (bad !== undefined) {
      const value = new Float32Array(buffer, slab.input, bad + 1)[bad];
      throw nonFiniteError(source, from, bad, value);
    }
    const width = this.outputWidth;
    const values = new Float32Array(buffer, slab.output, rows * width);
    if (this.#task !== 'error') out.set(values, from * width);
    else for (let i = 0; i < rows; i++) out[from + i] = (values[i] as number) / this.#inputWidth;
  }
}
