// Reconstructs one row at a time, synchronously, for numbers that arrive one by one. Same bits as in a
// batch.

import { describeRows } from '../engine/dataset.js';
import { acquireEngine, type Engine, releaseEngine } from '../engine/kernels.js';
import { Arena } from '../engine/memory.js';
import { indexOf, takeRecord } from '../engine/records.js';
import { layOutSteps } from '../engine/thread-steps.js';
import * as abi from '../generated/abi.js';
import type { Network } from '../model/network.js';
import { inferenceProgram } from './inference-program.js';
import type { LiveModel } from './live-model.js';

/**
 * Reconstructs rows one by one on its own engine, without allocating per row: write the row, as the network
 * takes it, to `input`, and call `run`.
 */
export class OneRow {
  readonly input: Float32Array;
  readonly output: Float32Array;
  readonly #network: Network;
  readonly #version: number;
  readonly #engine: Engine;
  readonly #plan: number;
  readonly #slab: number;
  /** The record of the slab. */
  readonly #record: Int32Array;

  constructor(live: LiveModel) {
    const network = live.requireNetwork();
    const engine = acquireEngine(live, live.flavour);
    engine.contents = undefined;
    const { memory } = engine;
    const arena = new Arena(memory);
    const { block, layers, inputs: width } = network;
    const base = arena.floats(block.length, 'the parameters');
    new Float32Array(memory.buffer, base, block.length).set(block);
    const program = inferenceProgram(arena, network, base, 1, {
      ...{ from: 0, to: layers.length, error: false, floats: true, fill: undefined },
    });
    const step = layOutSteps(engine, arena, network, 1, 1, 0, false, false);
    const order = arena.take(4, 'a row');
    new Uint32Array(memory.buffer, order, 1)[0] = 0;
    const { address: operations, count, result, ldResult } = program;
    const plan = { operations, count, step, batchSize: 1, order, result, ldResult };
    this.#plan = takeRecord(arena, abi.InferencePlan, { ...plan, rowBytes: 4 * width }, 'a plan');
    const input = arena.floats(width, 'a row');
    const output = arena.floats(width, 'a row');
    const dataset = describeRows(arena, 'floats', width, input);
    const slab = { dataset, output, rows: 1, finished: 0, nonFinite: abi.NONE };
    this.#slab = takeRecord(arena, abi.Slab, slab, 'a row');
    // The memory does not grow any more, so neither view is ever detached.
    this.input = new Float32Array(memory.buffer, input, width);
    this.output = new Float32Array(memory.buffer, output, width);
    const words = Object.keys(abi.Slab).length;
    this.#record = new Int32Array(memory.buffer, this.#slab, words);
    this.#engine = engine;
    this.#network = network;
    this.#version = network.version;
  }

  /** Whether its weights are the model's current ones. */
  serves({ network }: LiveModel): boolean {
    return this.#network === network && this.#version === network.version;
  }

  /** `output` = the reconstruction of `input`, whose numbers must be finite. */
  run(): void {
    this.#record[NON_FINITE] = abi.NONE;
    this.#engine.kernels.infer(this.#plan, this.#slab);
  }

  /** Returns the engine. This object must not be used afterwards. */
  close(): void {
    releaseEngine(this.#engine);
  }
}

const NON_FINITE = indexOf(abi.Slab, 'nonFinite');
