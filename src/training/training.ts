import { throwIfAborted } from '../base/aborting.js';
import { Answers } from '../base/answers.js';
import { DivergenceError } from '../base/errors.js';
import { sharesMemory, yieldToEventLoop } from '../base/platform.js';
import { Random, Stream } from '../base/random.js';
import { breathe, SLICE_MS, timeSlices } from '../base/slices.js';
import type { Engine } from '../engine/kernels.js';
import { Mirror } from '../engine/mirror.js';
import { bytesOf, indexOf, writeField } from '../engine/records.js';
import * as abi from '../generated/abi.js';
import type { EpochRecord, History } from '../model/history.js';
import type { Network } from '../model/network.js';
import type { TrainingState } from '../model/state.js';
import { countDead, deadUnits } from './dead-units.js';
import type { FitConfig } from './fit-options.js';
import { OptimizerSteps } from './optimizer-steps.js';
import { replaceWithin, runEpochs, type Start, startOf } from './run.js';
import { ThreadUse } from './thread-use.js';
import { layOutTraining, type RunData, type TrainingLayout } from './training-layout.js';

/** What a run trains on, apart from its options. */
export interface TrainingData extends RunData {
  /** Called each time the network has received new weights. */
  readonly onWeights?: () => void;
  /** For a piece of a stream: its part in the whole. */
  readonly piece?: Piece;
}

/** A piece of an epoch, for streamed rows; see src/training/stream-training.ts. */
export interface Piece {
  readonly start: Start;
  /** The learning rate of the piece's steps, from 0. */
  readonly rateAt: (step: number) => number;
  /** Which ReLU units were above 0 so far in this epoch; training adds to it. */
  readonly alive: Uint32Array;
}

type Reporter = (batch: number, isLast?: boolean) => void;

/**
 * A worker that shares no memory with us notices an abort only between slices of this many milliseconds. A
 * message to it and back takes some 0.1 ms.
 */
const WORKER_SLICE_MS = 30;

/** onBatchEnd is called at most once in this many milliseconds, and at the end of each epoch. */
const REPORT_MS = 100;

/**
 * One run of `fit` on one engine: the parameters and their moments stay in linear memory until the run
 * ends, and are copied back to the network after every epoch.
 */
export class Training {
  readonly #engine: Engine;
  readonly #network: Network;
  readonly #config: FitConfig<unknown>;
  readonly #seed: number;
  readonly #onWeights: (() => void) | undefined;
  readonly #alivePieces: Uint32Array | undefined;
  readonly #layout: TrainingLayout;
  readonly #start: Start;
  /** The progress of the run, also within an epoch. */
  readonly #state: TrainingState;
  /** Optimiser steps before this epoch. */
  #stepsBefore: number;
  readonly #optimizerSteps: OptimizerSteps;
  #stepsPerSlice = 1;
  readonly #threadUse = new ThreadUse();
  /** The worker's copy of the memory, if it cannot share ours. */
  readonly #mirror: Mirror | undefined;

  private constructor(
    engine: Engine,
    network: Network,
    config: FitConfig<unknown>,
    { seed, onWeights, piece }: TrainingData,
    start: Start,
    layout: TrainingLayout,
    mirror: Mirror | undefined,
  ) {
    this.#engine = engine;
    this.#network = network;
    this.#config = config;
    this.#seed = seed;
    this.#onWeights = onWeights;
    this.#alivePieces = piece?.alive;
    this.#layout = layout;
    this.#start = start;
    this.#state = start.state;
    this.#stepsBefore = start.state.steps;
    this.#optimizerSteps = new OptimizerSteps(config, start.state.steps, piece?.rateAt);
    this.#mirror = mirror;
  }

  /** Reads the data, checks it, and lays everything out. The network is not changed. */
  static async prepare(
    engine: Engine,
    network: Network,
    config: FitConfig<unknown>,
    data: TrainingData,
  ): Promise<Training> {
    await breathe(config.signal);
    const start = data.piece?.start ?? startOf(network, config);
    const layout = await layOutTraining(engine, network, config, data, start);
    const mirror = layout.threads > 0 && !sharesMemory() ? new Mirror(engine) : undefined;
    await mirror?.send(0, layout.end, config.signal);
    await breathe(config.signal);
    if (layout.threads === 0) {
      // Engines compile what runs first, which takes a page half of the first step. So forward passes of a
      // few rows run separately first, and the rest is compiled in that step.
      engine.kernels.train(layout.checkPlan, 0, 1, 0);
      await breathe(config.signal);
    }
    return new Training(engine, network, config, data, start, layout, mirror);
  }

  /** The number of training rows. */
  get rows(): number {
    return this.#layout.rows.length;
  }

  /** Runs the remaining epochs: see {@link runEpochs}. */
  run(): Promise<History> {
    return runEpochs(this.#network, this.#config, this.#start, (epoch) => this.runEpoch(epoch));
  }

  /** One pass over the training rows, as epoch number `epoch` of the run, and one over the validation rows. */
  async runEpoch(epoch: number, validate = true): Promise<EpochRecord> {
    const { batchSize, shuffle, signal } = this.#config;
    throwIfAborted(signal);
    await breathe(signal);
    const count = this.#layout.rows.length;
    const steps = Math.ceil(count / batchSize);
    if (shuffle) {
      const rows = this.#layout.rows.slice();
      const number = this.#state.epochs + 1;
      await new Random(this.#seed, Stream.shuffle, number).shuffle(rows, timeSlices(signal));
      this.#words(this.#layout.order, count).set(rows);
      await breathe(signal);
    }
    const { noise } = this.#config;
    if (noise) {
      const key = new Random(this.#seed, Stream.noise, this.#state.epochs + 1).next();
      const { plan, alonePlans } = this.#layout;
      for (const each of alonePlans ? [plan, alonePlans.training] : [plan]) {
        writeField(this.#engine.memory, each, abi.Plan, 'noiseKey', key);
      }
    }
    const { units } = this.#network;
    const alive = this.#alivePieces ?? new Uint32Array(units);
    this.#words(this.#layout.alive, units).set(alive);
    this.#stepsBefore = this.#state.steps;
    await this.#optimizerSteps.write(this.#engine.memory, this.#layout.optimizer, steps, epoch);
    await breathe(signal);
    await this.#mirror?.send(this.#layout.plan, bytesOf(abi.Plan), signal);
    await this.#mirror?.send(this.#layout.alive, units * 4, signal);
    await this.#mirror?.send(this.#layout.order, count * 4, signal);
    await this.#mirror?.send(this.#layout.optimizer, steps * bytesOf(abi.OptimizerStep), signal);

    const start = performance.now();
    try {
      await this.#runSteps(this.#layout.plan, steps, epoch);
    } catch (error) {
      if (!(error instanceof DivergenceError)) this.#handBack();
      throw error;
    }
    await breathe();
    const what = this.#handBack();
    if (what) throw new DivergenceError(epoch, steps, this.#config.learningRate, what);
    const seconds = (performance.now() - start) / 1000;
    await breathe();
    await this.#mirror?.fetch(this.#layout.alive, units * 4);
    alive.set(this.#words(this.#layout.alive, units));
    this.#network.deadUnits = countDead(this.#network.layers, alive);
    const dead = deadUnits(this.#network.deadUnits);
    const record: EpochRecord = {
      epoch,
      loss: this.#meanLoss(steps, count, this.#layout.known),
      seconds,
      samplesPerSecond: count / seconds,
      threads: this.#layout.threads,
      ...(dead && { deadUnits: dead }),
    };
    this.#state.epochs++;
    if (validate && this.#layout.validationRows > 0) {
      const batches = Math.ceil(this.#layout.validationRows / batchSize);
      await this.#runSteps(this.#layout.validationPlan, batches, epoch);
      record.validationLoss = this.#meanLoss(
        batches,
        this.#layout.validationRows,
        this.#layout.validationKnown,
      );
    } else if (validate) this.#requireFiniteLoss(epoch, steps);
    return record;
  }

  /**
   * The weights of the last step have no loss yet, unless there are validation rows. The loss of a few rows
   * shows whether it is finite, so that no epoch ends with weights that give NaN for everything.
   */
  #requireFiniteLoss(epoch: number, steps: number): void {
    throwIfAborted(this.#config.signal);
    if (this.#engine.kernels.train(this.#layout.checkPlan, 0, 1, 0) === 1) return;
    const what = 'the loss after the last step';
    throw new DivergenceError(epoch, steps, this.#config.learningRate, what);
  }

  async #runSteps(plan: number, steps: number, epoch: number): Promise<void> {
    const isTraining = plan === this.#layout.plan;
    const answers = new Answers();
    const report = isTraining ? this.#reporter(steps, epoch, answers) : undefined;
    const reached =
      this.#layout.threads > 0 && !this.#mirror
        ? await this.#runInWorkers(plan, steps, report)
        : await this.#runInSlices(plan, steps, report);
    if (isTraining) this.#state.steps = this.#stepsBefore + reached;
    throwIfAborted(this.#config.signal);
    if (reached !== steps) {
      const step = isTraining ? reached + 1 : undefined;
      throw new DivergenceError(epoch, step, this.#config.learningRate);
    }
    report?.(reached, true);
    await answers.settled();
  }

  /**
   * Calls onBatchEnd with the number of steps done, unless it was just called, and throws if a promise that
   * it returned was rejected.
   */
  #reporter(batches: number, epoch: number, answers: Answers): Reporter | undefined {
    const { onBatchEnd, batchSize } = this.#config;
    if (!onBatchEnd) return undefined;
    let due = performance.now() + REPORT_MS;
    let reported = 0;
    return (batch, isLast = false) => {
      answers.throwIfRejected();
      if (batch === reported || (performance.now() < due && !isLast)) return;
      reported = batch;
      const rows = Math.min(batch * batchSize, this.#layout.rows.length);
      const loss = this.#meanLoss(batch, rows, this.#layout.known);
      answers.add(onBatchEnd({ epoch, batch, batches, loss }));
      due = performance.now() + REPORT_MS;
    };
  }

  /** Runs the steps in all workers, or in one if the others do not help; returns the step reached. */
  async #runInWorkers(plan: number, steps: number, report: Reporter | undefined): Promise<number> {
    const { signal } = this.#config;
    const control = new Int32Array(
      this.#engine.memory.buffer,
      this.#layout.control,
      bytesOf(abi.Control) / 4,
    );
    const at = (field: keyof typeof abi.Control) => indexOf(abi.Control, field);
    Atomics.store(control, at('done'), 0);
    const onAbort = () => Atomics.store(control, at('abort'), 1);
    signal?.addEventListener('abort', onAbort);
    const failures: unknown[] = [];
    const timer =
      report &&
      setInterval(() => {
        try {
          if (failures.length === 0) report(Atomics.load(control, at('done')));
        } catch (error) {
          failures.push(error); // the caller's error, which is thrown once no thread runs any more
          onAbort();
        }
      }, REPORT_MS);
    try {
      const reached = await this.#runInStretches(plan, steps, control);
      if (failures.length > 0) throw failures[0];
      return reached;
    } finally {
      clearInterval(timer);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  async #runInStretches(plan: number, steps: number, control: Int32Array): Promise<number> {
    const { threads, alonePlans } = this.#layout;
    const alonePlan = plan === this.#layout.plan ? alonePlans?.training : alonePlans?.validation;
    const run = async (plan: number, first: number, last: number, count: number) => {
      const jobs = Array.from({ length: count }, (_, thread) => ({
        name: 'train' as const,
        args: [plan, first, last, thread],
      }));
      return (await this.#engine.pool.run(jobs))[0] as number;
    };
    if (!alonePlan) return run(plan, 0, steps, threads);
    const [arrived, tired] = [indexOf(abi.Control, 'arrived'), indexOf(abi.Control, 'tired')];
    for (let at = 0; at < steps; ) {
      // No thread is at a barrier now. Without a reset, arrivals could pass 2^31 over all epochs.
      Atomics.store(control, arrived, 0);
      const stretch = this.#threadUse.next(steps - at);
      const sleeps = Atomics.load(control, tired);
      const start = performance.now();
      const to = at + stretch.steps;
      const reached = stretch.alone
        ? await run(alonePlan, at, to, 1)
        : await run(plan, at, to, threads);
      if (reached !== to) return reached;
      const ms = performance.now() - start;
      this.#threadUse.note(stretch, ms, Atomics.load(control, tired) - sleeps);
      at = to;
    }
    return steps;
  }

  /**
   * Runs the steps in slices: of about SLICE_MS on this thread, with the event loop in between, or longer
   * ones in the worker that has a copy of the memory. Returns the step reached.
   */
  async #runInSlices(plan: number, steps: number, report: Reporter | undefined): Promise<number> {
    const { signal } = this.#config;
    const mirror = this.#mirror;
    let at = 0;
    while (at < steps && !signal?.aborted) {
      const to = Math.min(at + this.#stepsPerSlice, steps);
      const start = performance.now();
      const reached = mirror
        ? await mirror.run({ name: 'train', args: [plan, at, to, 0] })
        : this.#engine.kernels.train(plan, at, to, 0);
      const perStep = (performance.now() - start) / (to - at);
      at = reached;
      if (reached !== to) break;
      const wanted = Math.floor((mirror ? WORKER_SLICE_MS : SLICE_MS) / Math.max(perStep, 1e-3));
      this.#stepsPerSlice = Math.max(1, Math.min(wanted, 2 * this.#stepsPerSlice));
      if (report && mirror) await mirror.fetch(this.#layout.stepLoss, at * 8);
      report?.(at);
      if (!mirror) await yieldToEventLoop();
    }
    if (mirror) {
      const block = this.#layout.m - this.#layout.parameters;
      await mirror.fetch(this.#layout.parameters, 3 * block); // both moments follow directly
      await mirror.fetch(this.#layout.stepLoss, steps * 8);
    }
    return at;
  }

  /**
   * Gives the network its weights and the state its moments. If any of them is not finite, returns which,
   * and gives neither.
   */
  #handBack(): string | undefined {
    const floats = this.#network.block.length;
    const { parameters, m, v } = this.#layout;
    const isBad = (at: number) => this.#engine.kernels.firstNonFinite(at, floats) >= 0;
    if (isBad(parameters)) return 'a weight';
    if (isBad(m) || isBad(v)) return "a moment of the optimiser's";
    replaceWithin(this.#network, this.#floats(parameters, floats));
    this.#state.m.set(this.#floats(m, floats));
    this.#state.v.set(this.#floats(v, floats));
    this.#onWeights?.();
    return undefined;
  }

  /** The mean of the loss over the `known` share of the elements of the last pass's `rows` rows. */
  #meanLoss(steps: number, rows: number, known: number): number {
    const losses = new Float64Array(this.#engine.memory.buffer, this.#layout.stepLoss, steps);
    return losses.reduce((sum, loss) => sum + loss, 0) / (rows * this.#layout.elements * known);
  }

  #floats(address: number, count: number): Float32Array {
    return new Float32Array(this.#engine.memory.buffer, address, count);
  }

  #words(address: number, count: number): Uint32Array {
    return new Uint32Array(this.#engine.memory.buffer, address, count);
  }
}
