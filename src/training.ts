import { type Dataset, storeRows, worthCompressing } from './dataset.js';
import { DivergenceError } from './errors.js';
import {
  checkSampleWeight,
  type EpochRecord,
  type FitConfig,
  type History,
  OPTIMIZERS,
} from './fit-options.js';
import type { Engine } from './kernels.js';
import type { RowSource } from './matrix.js';
import { Arena } from './memory.js';
import { Mirror } from './mirror.js';
import type { Layer, Network } from './network.js';
import { sharesMemory, yieldToEventLoop } from './platform.js';
import { layOutSteps, type Program, trainingProgram } from './program.js';
import { Random, Stream } from './random.js';
import { replaceWithin, runEpochs, type Start, startOf } from './run.js';
import { learningRateAt } from './schedule.js';
import { SLICE_MS, timeSlices } from './slices.js';
import type { TrainingState } from './state.js';

/** What a run trains on, beside its options. */
export interface TrainingData {
  readonly source: RowSource;
  readonly validation: RowSource | undefined;
  readonly seed: number;
  /** The most threads to use. */
  readonly threads: number;
  /** Where a worker's script is, if not in this library. */
  readonly workerUrl: string | undefined;
  /** Called each time the network has got new weights. */
  readonly onWeights?: () => void;
  /** What a piece of a stream has of the whole. */
  readonly piece?: Piece;
}

/** A piece of an epoch, for rows that come bit by bit; see src/stream-training.ts. */
export interface Piece {
  readonly start: Start;
  /** The learning rate of the piece's steps, from 0. */
  readonly rateAt: (step: number) => number;
  /** Which units of ReLUs were more than 0 in this epoch so far; it is added to. */
  readonly alive: Uint32Array;
}

type Reporter = (batch: number, isLast?: boolean) => void;

/** Bytes of assembly/adam.ts's OptimizerStep. */
const OPTIMIZER_STEP_BYTES = 40;

/** Bytes of assembly/train.ts's Plan, and the word in it that is an epoch's key for noise. */
const PLAN_BYTES = 15 * 4;
const PLAN_NOISE_KEY = 14;

/** The words of assembly/sync.ts's Control: the arrivals, and what asks a run to stop, among them. */
const CONTROL_WORDS = 6;
const CONTROL_ARRIVED = 0;
const CONTROL_ABORT = 2;
const CONTROL_DONE = 5;

/**
 * Workers are asked to do at least this much of a step each, in floating-point operations: at the
 * 5 barriers of a step, some 2 us each, threads must not wait longer than they work.
 */
const STEP_WORK = 4e6;
/** And to run at all, at least this much: starting them takes as long as some 1e9 operations. */
const RUN_WORK = 2e9;

/**
 * A worker that has no memory in common with us hears of an abort between slices of this many
 * milliseconds. A message there and back takes some 0.1.
 */
const WORKER_SLICE_MS = 30;

/** onBatchEnd is called at most every so many milliseconds, and when an epoch's batches are done. */
const REPORT_MS = 100;

/**
 * One run of `fit` on one engine: the parameters and their moments live in linear memory until the
 * run ends, and the network gets them back after every epoch.
 */
export class Training {
  readonly #engine: Engine;
  readonly #network: Network;
  readonly #config: FitConfig<unknown>;
  readonly #seed: number;
  readonly #onWeights: (() => void) | undefined;
  readonly #alivePieces: Uint32Array | undefined;
  readonly #rateAt: ((step: number) => number) | undefined;
  readonly #arena: Arena;
  readonly #parameters: number;
  readonly #m: number;
  readonly #v: number;
  /** The row numbers to train and to validate on. */
  #rows!: Uint32Array;
  #order = 0;
  #optimizer = 0;
  #stepLoss = 0;
  #plan = 0;
  #validationPlan = 0;
  #validationRows = 0;
  /** Which units of ReLUs were ever more than 0 in an epoch. */
  #alive = 0;
  /** Shares of the values that are known, among the rows to train and to validate on. */
  #known = 1;
  #validationKnown = 1;
  readonly #start: Start;
  /** Where the run is, within an epoch too. */
  readonly #state: TrainingState;
  /** Optimiser steps before this epoch; beta1^t and beta2^t there. */
  #stepsBefore: number;
  #beta1Power: number;
  #beta2Power: number;
  #stepsPerSlice = 1;
  /** How many workers run the steps; 0: this thread does. */
  #threads = 0;
  #control = 0;
  #steps = 0;
  /** The worker's own copy of the memory, where it cannot have ours. */
  #mirror: Mirror | undefined;

  private constructor(
    engine: Engine,
    network: Network,
    config: FitConfig<unknown>,
    { seed, onWeights, piece }: TrainingData,
  ) {
    this.#engine = engine;
    this.#network = network;
    this.#config = config;
    this.#seed = seed;
    this.#onWeights = onWeights;
    this.#alivePieces = piece?.alive;
    this.#rateAt = piece?.rateAt;
    engine.contents = this;
    this.#arena = new Arena(engine.memory);
    const floats = network.block.length;
    this.#parameters = this.#arena.floats(floats, 'the parameters');
    this.#m = this.#arena.floats(floats, "the optimiser's moments");
    this.#v = this.#arena.floats(floats, "the optimiser's moments");
    this.#start = piece?.start ?? startOf(network, config);
    const { block, state } = this.#start;
    this.#floats(this.#parameters, floats).set(block);
    this.#floats(this.#m, floats).set(state.m);
    this.#floats(this.#v, floats).set(state.v);
    this.#state = state;
    this.#stepsBefore = state.steps;
    this.#beta1Power = power(config.beta1, state.steps);
    this.#beta2Power = power(config.beta2, state.steps);
  }

  /** Reads the data in, checks it, and lays everything out; the network is not touched. */
  static async prepare(
    engine: Engine,
    network: Network,
    config: FitConfig<unknown>,
    data: TrainingData,
  ): Promise<Training> {
    const { source, validation, seed } = data;
    const sampleWeight =
      config.sampleWeight === undefined
        ? undefined
        : checkSampleWeight(config.sampleWeight, source.rows);
    const training = new Training(engine, network, config, data);
    const arena = training.#arena;
    const [rows, held] = await splitRows(source, config, seed);
    training.#rows = rows;
    const batch = Math.min(
      config.batchSize,
      Math.max(rows.length, held.length, validation?.rows ?? 0),
    );
    const steps = Math.ceil(rows.length / batch);
    const validationCount = validation?.rows ?? held.length;
    const base = training.#parameters;
    const unitRange = config.loss === 'bce';

    const order = arena.take(rows.length * 4, 'the order of the rows');
    const validationOrder = arena.take(validationCount * 4, 'the order of the rows');
    training.#order = order;
    training.#optimizer = arena.take(steps * OPTIMIZER_STEP_BYTES, "the optimiser's steps");
    const lossSteps = Math.max(steps, Math.ceil(validationCount / batch));
    training.#stepLoss = arena.take(lossSteps * 8, 'the losses');

    training.#threads = await startThreads(engine, network, config, batch, rows.length, data);
    training.#control = arena.take(CONTROL_WORDS * 4, 'the threads');
    training.#words(training.#control, CONTROL_WORDS).fill(0);
    const { missing } = source;
    const isWeighted =
      missing !== undefined ||
      sampleWeight !== undefined ||
      config.loss === 'mae' ||
      config.loss === 'huber';
    // What is changed on its way in is not looked at for zeros.
    const compressed = !config.noise && worthCompressing(source);
    training.#steps = layOutSteps(
      engine,
      arena,
      network,
      batch,
      Math.max(1, training.#threads),
      training.#control,
      isWeighted,
      compressed,
    );
    const weights = { base, m: training.#m, v: training.#v };
    const program = trainingProgram(arena, network, weights, batch, {
      ...config,
      compressed,
      missing,
    });
    training.#alive = program.alive;
    const { signal } = config;
    const stored = await storeRows(engine, arena, source, compressed, signal, unitRange);
    const { rowLoss, lossCount } = program;
    // 1 stands for weights of 1 (assembly/train.ts).
    const sampleWeights = sampleWeight ? layWeights(arena, sampleWeight, rows) : Number(isWeighted);
    const shared = { batch, rowLoss };
    training.#plan = training.#layPlan({
      ...shared,
      program,
      lossCount,
      dataset: stored.address,
      order,
      rows: rows.length,
      sampleWeights,
    });
    training.#words(order, rows.length).set(rows);
    if (missing) training.#known = await knownShare(engine, stored, network.inputs, rows);

    if (validationCount > 0) {
      const dataset = validation
        ? await storeRows(engine, arena, validation, compressed, signal, unitRange)
        : stored;
      training.#validationRows = validationCount;
      const numbers = validation
        ? Uint32Array.from({ length: validationCount }, (_, i) => i)
        : held;
      training.#words(validationOrder, validationCount).set(numbers);
      if (missing) {
        training.#validationKnown = await knownShare(engine, dataset, network.inputs, numbers);
      }
      training.#validationPlan = training.#layPlan({
        ...shared,
        program: program.validation,
        lossCount: program.validation.count,
        dataset: dataset.address,
        order: validationOrder,
        rows: validationCount,
        sampleWeights: Number(isWeighted),
      });
    }
    if (training.#threads > 0 && !sharesMemory()) {
      training.#mirror = new Mirror(engine);
      await training.#mirror.send(0, arena.top, signal);
    }
    return training;
  }

  /** The epochs that are left: see {@link runEpochs}. */
  run(): Promise<History> {
    return runEpochs(this.#network, this.#config, this.#start, (epoch) => this.runEpoch(epoch));
  }

  /** One pass over the rows, the run's epoch number `epoch`, and over those to validate on. */
  async runEpoch(epoch: number, validate = true): Promise<EpochRecord> {
    const { batchSize, shuffle, signal } = this.#config;
    signal?.throwIfAborted();
    const count = this.#rows.length;
    const steps = Math.ceil(count / batchSize);
    if (shuffle) {
      const rows = this.#rows.slice();
      const number = this.#state.epochs + 1;
      await new Random(this.#seed, Stream.shuffle, number).shuffle(rows, timeSlices(signal));
      this.#words(this.#order, count).set(rows);
    }
    const { noise } = this.#config;
    if (noise) {
      const key = new Random(this.#seed, Stream.noise, this.#state.epochs + 1).next();
      this.#words(this.#plan, PLAN_BYTES / 4)[PLAN_NOISE_KEY] = key;
    }
    const { units } = this.#network;
    const alive = this.#alivePieces ?? new Uint32Array(units);
    this.#words(this.#alive, units).set(alive);
    await this.#writeOptimizerSteps(steps, epoch);
    await this.#mirror?.send(this.#plan, PLAN_BYTES, signal);
    await this.#mirror?.send(this.#alive, units * 4, signal);
    await this.#mirror?.send(this.#order, count * 4, signal);
    await this.#mirror?.send(this.#optimizer, steps * OPTIMIZER_STEP_BYTES, signal);

    const start = performance.now();
    let finite = true;
    try {
      await this.#runSteps(this.#plan, steps, epoch);
    } finally {
      finite = this.#handBack();
    }
    if (!finite) throw new DivergenceError(epoch, steps, this.#config.learningRate);
    const seconds = (performance.now() - start) / 1000;
    await this.#mirror?.fetch(this.#alive, units * 4);
    alive.set(this.#words(this.#alive, units));
    this.#network.deadUnits = countDead(this.#network.layers, alive);
    const dead = deadUnits(this.#network.deadUnits);
    const record: EpochRecord = {
      epoch,
      loss: this.#meanLoss(steps, count, this.#known),
      seconds,
      samplesPerSecond: count / seconds,
      threads: this.#threads,
      ...(dead && { deadUnits: dead }),
    };
    this.#state.epochs++;
    if (validate && this.#validationRows > 0) {
      const batches = Math.ceil(this.#validationRows / batchSize);
      await this.#runSteps(this.#validationPlan, batches, epoch);
      record.validationLoss = this.#meanLoss(batches, this.#validationRows, this.#validationKnown);
    }
    return record;
  }

  async #runSteps(plan: number, steps: number, epoch: number): Promise<void> {
    const isTraining = plan === this.#plan;
    const report = isTraining ? this.#reporter(steps, epoch) : undefined;
    const reached =
      this.#threads > 0 && !this.#mirror
        ? await this.#runInWorkers(plan, steps, report)
        : await this.#runInSlices(plan, steps, report);
    if (isTraining) this.#state.steps = this.#stepsBefore + reached;
    this.#config.signal?.throwIfAborted();
    if (reached !== steps) {
      const step = isTraining ? reached + 1 : undefined;
      throw new DivergenceError(epoch, step, this.#config.learningRate);
    }
    report?.(reached, true);
  }

  /** Calls onBatchEnd with how many of the epoch's steps are done, unless it just has been. */
  #reporter(batches: number, epoch: number): Reporter | undefined {
    const { onBatchEnd, batchSize } = this.#config;
    if (!onBatchEnd) return undefined;
    let due = performance.now() + REPORT_MS;
    return (batch, isLast = false) => {
      if (batch === 0 || (performance.now() < due && !isLast)) return;
      const rows = Math.min(batch * batchSize, this.#rows.length);
      onBatchEnd({ epoch, batch, batches, loss: this.#meanLoss(batch, rows, this.#known) });
      due = performance.now() + REPORT_MS;
    };
  }

  /** Runs the steps in all workers at once, and returns the step they reached. */
  async #runInWorkers(plan: number, steps: number, report: Reporter | undefined): Promise<number> {
    const { signal } = this.#config;
    const control = new Int32Array(this.#engine.memory.buffer, this.#control, CONTROL_WORDS);
    // Nobody is at a barrier now; counted on over all epochs, arrivals could pass 2^31.
    Atomics.store(control, CONTROL_ARRIVED, 0);
    Atomics.store(control, CONTROL_DONE, 0);
    const onAbort = () => Atomics.store(control, CONTROL_ABORT, 1);
    signal?.addEventListener('abort', onAbort);
    const failures: unknown[] = [];
    const timer =
      report &&
      setInterval(() => {
        try {
          if (failures.length === 0) report(Atomics.load(control, CONTROL_DONE));
        } catch (error) {
          failures.push(error); // the caller's own, and his to have, once nobody runs any more
          onAbort();
        }
      }, REPORT_MS);
    try {
      const jobs = Array.from({ length: this.#threads }, (_, thread) => ({
        name: 'train' as const,
        args: [plan, 0, steps, thread],
      }));
      const reached = (await this.#engine.pool.run(jobs))[0] as number;
      if (failures.length > 0) throw failures[0];
      return reached;
    } finally {
      clearInterval(timer);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /**
   * Runs the steps in slices of about SLICE_MS, on this thread with the event loop in between, or in
   * the worker that has a copy of the memory; returns the step reached.
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
      if (report && mirror) await mirror.fetch(this.#stepLoss, at * 8);
      report?.(at);
      if (!mirror) await yieldToEventLoop();
    }
    if (mirror) {
      const block = this.#m - this.#parameters;
      await mirror.fetch(this.#parameters, 3 * block); // both moments lie right behind
      await mirror.fetch(this.#stepLoss, steps * 8);
    }
    return at;
  }

  /**
   * Gives the network its weights, and the state its moments. A step whose loss is not finite ends
   * the run before it changes what made it so; should a gradient have overflowed nevertheless, the
   * network keeps the weights it has, and this is false.
   */
  #handBack(): boolean {
    const floats = this.#network.block.length;
    if (this.#engine.kernels.firstNonFinite(this.#parameters, floats) >= 0) return false;
    replaceWithin(this.#network, this.#floats(this.#parameters, floats));
    this.#state.m.set(this.#floats(this.#m, floats));
    this.#state.v.set(this.#floats(this.#v, floats));
    this.#onWeights?.();
    return true;
  }

  async #writeOptimizerSteps(steps: number, epoch: number): Promise<void> {
    const { optimizer, learningRate, schedule, beta1, beta2, epsilon, weightDecay, momentum } =
      this.#config;
    const { epochs, signal } = this.#config;
    const isSgd = optimizer === 'sgd';
    const isDecoupled = optimizer === 'adamw';
    const kind = OPTIMIZERS.indexOf(optimizer);
    const decay = isDecoupled ? 0 : weightDecay;
    const first = isSgd ? momentum : beta1;
    const words = OPTIMIZER_STEP_BYTES / 4;
    const pause = timeSlices(signal);
    const table = this.#floats(this.#optimizer, steps * words);
    const kinds = this.#words(this.#optimizer, steps * words);
    this.#stepsBefore = this.#state.steps;
    for (let s = 0; s < steps; s++) {
      const step = (epoch - 1) * steps + s;
      const rate =
        this.#rateAt?.(s) ?? learningRateAt(schedule, learningRate, step, epochs * steps, steps);
      this.#beta1Power *= beta1;
      this.#beta2Power *= beta2;
      const stepSize = isSgd ? rate : rate / (1 - this.#beta1Power);
      const rootCorrection = 1 / Math.sqrt(1 - this.#beta2Power);
      const keep = isDecoupled ? 1 - rate * weightDecay : 1;
      const betas = [first, 1 - first, beta2, 1 - beta2];
      table.set([stepSize, rootCorrection, ...betas, epsilon, decay, keep], s * words);
      kinds[s * words + words - 1] = kind;
      if (s % 4096 === 4095) await pause();
    }
  }

  /** The mean of the loss over the `known` share of the elements of the last pass's `rows` rows. */
  #meanLoss(steps: number, rows: number, known: number): number {
    const losses = new Float64Array(this.#engine.memory.buffer, this.#stepLoss, steps);
    return losses.reduce((sum, loss) => sum + loss, 0) / (rows * this.#network.inputs * known);
  }

  /** Writes assembly/train.ts's Plan. */
  #layPlan(plan: {
    program: Program;
    lossCount: number;
    dataset: number;
    order: number;
    rows: number;
    batch: number;
    rowLoss: number;
    sampleWeights: number;
  }): number {
    const words = [
      plan.program.address,
      plan.lossCount,
      plan.program.count,
      plan.dataset,
      plan.order,
      plan.rows,
      plan.batch,
      this.#optimizer,
      plan.rowLoss,
      this.#stepLoss,
      this.#steps,
      this.#network.inputs,
      0,
      plan.sampleWeights,
      0,
    ];
    const address = this.#arena.take(PLAN_BYTES, 'a plan');
    this.#words(address, words.length).set(words);
    this.#floats(address, words.length)[12] = this.#config.loss === 'mse' ? 2 : 1;
    return address;
  }

  #floats(address: number, count: number): Float32Array {
    return new Float32Array(this.#engine.memory.buffer, address, count);
  }

  #words(address: number, count: number): Uint32Array {
    return new Uint32Array(this.#engine.memory.buffer, address, count);
  }
}

/** Writes the weights of all rows down, such that those of the rows to train on have the mean 1. */
function layWeights(arena: Arena, weights: Float64Array, rows: Uint32Array): number {
  let sum = 0;
  for (const row of rows) sum += weights[row] as number;
  if (sum === 0) throw new RangeError('sampleWeight must not be 0 for every row to train on');
  const factor = rows.length / sum;
  const address = arena.floats(weights.length, 'the weights of the rows');
  const target = new Float32Array(arena.memory.buffer, address, weights.length);
  for (let i = 0; i < target.length; i++) target[i] = (weights[i] as number) * factor;
  return address;
}

/** The share of the values that are not NaN among these rows, which are floats. */
async function knownShare(
  engine: Engine,
  { address }: Dataset,
  width: number,
  rows: Uint32Array,
): Promise<number> {
  const pause = timeSlices();
  const { buffer } = engine.memory;
  const values = new Uint32Array(buffer, address, 3)[2] as number;
  let known = 0;
  for (const row of rows) {
    const all = new Float32Array(buffer, values + row * width * 4, width);
    for (let i = 0; i < width; i++) if (!Number.isNaN(all[i])) known++;
    await pause();
  }
  return known / (rows.length * width);
}

/** How many units of each ReLU layer are not marked as alive; undefined for other layers. */
function countDead(layers: readonly Layer[], alive: Uint32Array): (number | undefined)[] {
  let from = 0;
  return layers.map(({ outputs, activation }) => {
    const marks = alive.subarray(from, from + outputs);
    from += outputs;
    if (activation !== 'relu') return undefined;
    return marks.reduce((sum, mark) => sum + Number(mark === 0), 0);
  });
}

/** The same for hidden layers together and the last; undefined where no layer is one of ReLUs. */
function deadUnits(dead: readonly (number | undefined)[]): EpochRecord['deadUnits'] {
  if (dead.every((count) => count === undefined)) return undefined;
  const hidden = dead.slice(0, -1).reduce<number>((sum, count) => sum + (count ?? 0), 0);
  return { hidden, output: dead.at(-1) ?? 0 };
}

/** base^exponent as a running product, since Math.pow differs by engine. */
function power(base: number, exponent: number): number {
  let product = 1;
  for (let i = 0; i < exponent && product > 0; i++) product *= base;
  return product;
}

/** The row numbers to train on and those held out to validate on, drawn by the seed. */
export async function splitRows(
  source: RowSource,
  config: Pick<FitConfig<unknown>, 'validationSplit' | 'signal'>,
  seed: number,
): Promise<[Uint32Array, Uint32Array]> {
  const share = config.validationSplit;
  const rows = Uint32Array.from({ length: source.rows }, (_, i) => i);
  if (share === 0) return [rows, new Uint32Array(0)];
  const held = Math.round(source.rows * share);
  if (held === 0 || held === source.rows) {
    throw new RangeError(
      `validationSplit ${share} needs more rows: of the ${source.rows} of ${source.name} it would ` +
        `leave ${source.rows - held} to train on and ${held} to validate on`,
    );
  }
  await new Random(seed, Stream.split).shuffle(rows, timeSlices(config.signal));
  return [rows.slice(held), rows.slice(0, held)];
}

/**
 * Starts as many workers as the run is worth, one where they cannot share memory, and says how many;
 * 0: better here, or none to be had.
 */
async function startThreads(
  engine: Engine,
  network: Network,
  config: FitConfig<unknown>,
  batch: number,
  rows: number,
  { threads, workerUrl }: TrainingData,
): Promise<number> {
  const sample = 6 * network.parameterCount;
  if (config.epochs * rows * sample < RUN_WORK) return 0;
  const most = sharesMemory() ? threads : 1;
  const count = Math.max(1, Math.min(most, Math.floor((batch * sample) / STEP_WORK)));
  return (await engine.pool.grow(count, workerUrl)) ? count : 0;
}
