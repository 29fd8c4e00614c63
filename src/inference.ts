import { describeRows } from './dataset.js';
import type { Engine } from './kernels.js';
import { nonFiniteError, type RowSource } from './matrix.js';
import { Arena } from './memory.js';
import type { Network } from './network.js';
import { type InferenceProgram, inferenceProgram, layOutSteps } from './program.js';

/** Which stretch of the network to run, and what to take from it. */
export type Task = 'encode' | 'decode' | 'reconstruct' | 'error';

/** Rows a pass: enough for the product to reuse its weights, few enough for the second-level cache. */
const BATCH = 64;

/** One task of one network on one engine: everything that outlives a batch. */
export class Inference {
  readonly #engine: Engine;
  readonly #network: Network;
  readonly #version: number;
  readonly #task: Task;
  readonly #program: InferenceProgram;
  readonly #inputWidth: number;
  readonly #staging: number;
  readonly #formats: { bytes: number; floats: number };
  readonly #step: number;

  constructor(engine: Engine, network: Network, task: Task) {
    this.#engine = engine;
    this.#network = network;
    this.#version = network.version;
    this.#task = task;
    const arena = new Arena(engine.memory);
    const base = arena.floats(network.block.length, 'the parameters');
    new Float32Array(engine.memory.buffer, base, network.block.length).set(network.block);
    const [from, to] = {
      encode: [0, network.encoderDepth],
      decode: [network.encoderDepth, network.layers.length],
      reconstruct: [0, network.layers.length],
      error: [0, network.layers.length],
    }[task] as [number, number];
    this.#program = inferenceProgram(arena, network, base, BATCH, from, to, task === 'error');
    const width = network.layers[from]?.inputs as number;
    this.#inputWidth = width;
    this.#staging = arena.floats(BATCH * width, 'a batch');
    this.#formats = {
      bytes: describeRows(arena, 'bytes', width, this.#staging),
      floats: describeRows(arena, 'floats', width, this.#staging),
    };
    const order = arena.take(BATCH * 4, 'a batch');
    new Uint32Array(engine.memory.buffer, order, BATCH).set(
      Array.from({ length: BATCH }, (_, i) => i),
    );
    this.#step = layOutSteps(engine, arena, network, BATCH, 1, 0);
    new Uint32Array(engine.memory.buffer, this.#step, 5)[1] = order;
  }

  /** Whether this can do `task` for the network as it is now. */
  serves(network: Network, task: Task): boolean {
    return this.#network === network && this.#version === network.version && this.#task === task;
  }

  /** Values a row of the result: a row's outputs, or its one error. */
  get outputWidth(): number {
    return this.#task === 'error' ? 1 : this.#program.width;
  }

  /** Runs rows [from, result) of the source; returns where to go on. `out` has all rows' results. */
  runBatch(source: RowSource, from: number, out: Float32Array): number {
    const { memory, kernels } = this.#engine;
    const rows = Math.min(BATCH, source.rows - from);
    const count = rows * this.#inputWidth;
    const { buffer } = memory;
    if (source.bytes) {
      source.copy(from, from + rows, new Uint8Array(buffer, this.#staging, count));
    } else {
      const staged = new Float32Array(buffer, this.#staging, count);
      source.copy(from, from + rows, staged);
      const bad = kernels.firstNonFinite(this.#staging, count);
      if (bad >= 0) throw nonFiniteError(source, from, bad, staged[bad]);
    }
    const step = new Uint32Array(buffer, this.#step, 5);
    step[0] = rows;
    step[2] = source.bytes ? this.#formats.bytes : this.#formats.floats;
    kernels.run(this.#program.address, this.#program.count, this.#step);
    this.#read(from, rows, out);
    return from + rows;
  }

  #read(from: number, rows: number, out: Float32Array): void {
    const { buffer } = this.#engine.memory;
    const { output, width, rowError } = this.#program;
    if (this.#task === 'error') {
      const errors = new Float32Array(buffer, rowError, rows);
      for (let i = 0; i < rows; i++) out[from + i] = (errors[i] as number) / this.#inputWidth;
      return;
    }
    const stride = output.ldSamples / 4;
    const values = new Float32Array(buffer, output.samples, rows * stride);
    if (stride === width) {
      out.set(values, from * width);
      return;
    }
    for (let i = 0; i < rows; i++) {
      out.set(values.subarray(i * stride, i * stride + width), (from + i) * width);
    }
  }
}
