import { storeRows, worthCompressing } from './dataset.js';
import { DivergenceError } from './errors.js';
import type { Engine } from './kernels.js';
import type { RowSource } from './matrix.js';
import { Arena } from './memory.js';
import { Mirror } from './mirror.js';
import type { Network } from './network.js';
import type { EpochRecord, FitConfig, History } from './options.js';
import { sharesMemory, yieldToEventLoop } from './platform.js';
import { layOutSteps, type Program, trainingProgram } from './program.js';
import { Random, Stream } from './random.js';
import { learningRateAt } from './schedule.js';
import { SLICE_MS, timeSlices } from './slices.js';

/** What a run trains on, beside its options. */
export interface TrainingData {
  readonly source: RowSource;
  readonly validation: RowSource | undefined;
  readonly seed: number;
  /** The most threads to use. */
  readonly threads: number;
  /** Where a worker's script is, if not in this library. */
  readonly workerUrl: string | undefined;
}

/** Bytes of assembly/adam.ts's AdamStep. */
const ADAM_STEP_BYTES = 32;

/** The words of assembly/sync.ts's Control: the arrivals, and what asks a run to stop, among them. */
const CONTROL_WORDS = 5;
const CONTROL_ARRIVED = 0;
const CONTROL_ABORT = 2;

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

/**
 * One run of `fit` on one engine: the parameters and their moments live in linear memory until the
 * run ends, and the network gets them back after every epoch.
 */
export class Training {
  readonly #engine: Engine;
  readonly #network: Network;
  readonly #config: FitConfig<unknown>;
  readonly #seed: number;
  readonly #arena: Arena;
  readonly #parameters: number;
  readonly #m: number;
  readonly #v: number;
  /** The row numbers to train and to validate on. */
  #rows!: Uint32Array;
  #order = 0;
  #adam = 0;
  #stepLoss = 0;
  #plan = 0;
  #validationPlan = 0;
  #validationRows = 0;
  /** beta1^t and beta2^t of Adam's step t: running products, since Math.pow differs by engine. */
  #beta1Power = 1;
  #beta2Power = 1;
  #stepsPerSlice = 1;
  /** How many workers run the steps; 0: this thread does. */
  #threads = 0;
  #control = 0;
  #steps = 0;
  /** The worker's own copy of the memory, where it cannot have ours. */
  #mirror: Mirror | undefined;

  private constructor(engine: Engine, network: Network, config: FitConfig<unknown>, seed: number) {
    this.#engine = engine;
    this.#network = network;
    this.#config = config;
    this.#seed = seed;
    engine.contents = this;
    this.#arena = new Arena(engine.memory);
    const floats = network.block.length;
    this.#parameters = this.#arena.floats(floats, 'the parameters');
    this.#m = this.#arena.floats(floats, "Adam's moments");
    this.#v = this.#arena.floats(floats, "Adam's moments");
    this.#floats(this.#parameters, floats).set(network.block);
    this.#floats(this.#m, 2 * floats).fill(0);
  }

  /** Reads the data in, checks it, and lays everything out; the network is not touched. */
  static async prepare(
    engine: Engine,
    network: Network,
    config: FitConfig<unknown>,
    data: TrainingData,
  ): Promise<Training> {
    const { source, validation, seed } = data;
    const training = new Training(engine, network, config, seed);
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
    training.#adam = arena.take(steps * ADAM_STEP_BYTES, "Adam's steps");
    const lossSteps = Math.max(steps, Math.ceil(validationCount / batch));
    training.#stepLoss = arena.take(lossSteps * 8, 'the losses');

    training.#threads = await startThreads(engine, network, config, batch, rows.length, data);
    training.#control = arena.take(CONTROL_WORDS * 4, 'the threads');
    training.#words(training.#control, CONTROL_WORDS).fill(0);
    training.#steps = layOutSteps(
      engine,
      arena,
      network,
      batch,
      Math.max(1, training.#threads),
      training.#control,
    );
    const weights = { base, m: training.#m, v: training.#v };
    const compressed = worthCompressing(source);
    const program = trainingProgram(arena, network, weights, batch, config.loss, compressed);
    const { signal } = config;
    const stored = await storeRows(engine, arena, source, compressed, signal, unitRange);
    const { rowLoss, lossCount } = program;
    const shared = { batch, rowLoss };
    training.#plan = training.#layPlan({
      ...shared,
      program,
      lossCount,
      dataset: stored.address,
      order,
      rows: rows.length,
    });
    training.#words(order, rows.length).set(rows);

    if (validationCount > 0) {
      const dataset = validation
        ? await storeRows(engine, arena, validation, compressed, signal, unitRange)
        : stored;
      training.#validationRows = validationCount;
      training
        .#words(validationOrder, validationCount)
        .set(validation ? Uint32Array.from({ length: validationCount }, (_, i) => i) : held);
      training.#validationPlan = training.#layPlan({
        ...shared,
        program: program.validation,
        lossCount: program.validation.count,
        dataset: dataset.address,
        order: validationOrder,
        rows: validationCount,
      });
    }
    if (training.#threads > 0 && !sharesMemory()) {
      training.#mirror = new Mirror(engine);
      await training.#mirror.send(0, arena.top, signal);
    }
    return training;
  }

  /** All epochs. The network has the weights reached when this returns, and when it throws. */
  async run(): Promise<History> {
    const { epochs, onEpochEnd } = this.#config;
    const history: History = [];
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const record = await this.#runEpoch(epoch);
      history.push(record);
      await onEpochEnd?.(record);
      this.#config.signal?.throwIfAborted();
    }
    return history;
  }

  /** Copies of Adam's moments, laid out as the network's block. */
  moments(): { m: Float32Array; v: Float32Array } {
    const floats = this.#network.block.length;
    return { m: this.#floats(this.#m, floats).slice(), v: this.#floats(this.#v, floats).slice() };
  }

  async #runEpoch(epoch: number): Promise<EpochRecord> {
    const { batchSize, shuffle, signal } = this.#config;
    signal?.throwIfAborted();
    const count = this.#rows.length;
    const steps = Math.ceil(count / batchSize);
    if (shuffle) {
      const rows = this.#rows.slice();
      await new Random(this.#seed, Stream.shuffle, epoch).shuffle(rows, timeSlices(signal));
      this.#words(this.#order, count).set(rows);
    }
    await this.#writeAdamSteps(steps, epoch);
    await this.#mirror?.send(this.#order, count * 4, signal);
    await this.#mirror?.send(this.#adam, steps * ADAM_STEP_BYTES, signal);

    const start = performance.now();
    let finite = true;
    try {
      await this.#runSteps(this.#plan, steps, epoch);
    } finally {
      finite = this.#handBack();
    }
    if (!finite) throw new DivergenceError(epoch, steps, this.#config.learningRate);
    const seconds = (performance.now() - start) / 1000;
    const record: EpochRecord = {
      epoch,
      loss: this.#meanLoss(steps, count),
      seconds,
      samplesPerSecond: count / seconds,
      threads: this.#threads,
    };
    if (this.#validationRows > 0) {
      const batches = Math.ceil(this.#validationRows / batchSize);
      await this.#runSteps(this.#validationPlan, batches, epoch);
      record.validationLoss = this.#meanLoss(batches, this.#validationRows);
    }
    return record;
  }

  async #runSteps(plan: number, steps: number, epoch: number): Promise<void> {
    const reached =
      this.#threads > 0 && !this.#mirror
        ? await this.#runInWorkers(plan, steps)
        : await this.#runInSlices(plan, steps);
    this.#config.signal?.throwIfAborted();
    if (reached !== steps) {
      throw new DivergenceError(
        epoch,
        plan === this.#plan ? reached + 1 : undefined,
        this.#config.learningRate,
      );
    }
  }

  /** Runs the steps in all workers at once, and returns the step they reached. */
  async #runInWorkers(plan: number, steps: number): Promise<number> {
    const { signal } = this.#config;
    const control = new Int32Array(this.#engine.memory.buffer, this.#control, CONTROL_WORDS);
    // Nobody is at a barrier now; counted on over all epochs, arrivals could pass 2^31.
    Atomics.store(control, CONTROL_ARRIVED, 0);
    const onAbort = () => Atomics.store(control, CONTROL_ABORT, 1);
    signal?.addEventListener('abort', onAbort);
    try {
      const jobs = Array.from({ length: this.#threads }, (_, thread) => ({
        name: 'train' as const,
        args: [plan, 0, steps, thread],
      }));
      return (await this.#engine.pool.run(jobs))[0] as number;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /**
   * Runs the steps in slices of about SLICE_MS, on this thread with the event loop in between, or in
   * the worker that has a copy of the memory; returns the step reached.
   */
  async #runInSlices(plan: number, steps: number): Promise<number> {
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
   * Gives the network its weights. A step whose loss is not finite ends the run before it changes
   * what made it so; should a gradient have overflowed nevertheless, the network keeps the weights
   * it has, and this is false.
   */
  #handBack(): boolean {
    const { block } = this.#network;
    const bad = this.#engine.kernels.firstNonFinite(this.#parameters, block.length);
    if (bad < 0) this.#network.replace(this.#floats(this.#parameters, block.length));
    return bad < 0;
  }

  async #writeAdamSteps(steps: number, epoch: number): Promise<void> {
    const { learningRate, schedule, beta1, beta2, epsilon, weightDecay, epochs, signal } =
      this.#config;
    const pause = timeSlices(signal);
    const table = this.#floats(this.#adam, (steps * ADAM_STEP_BYTES) / 4);
    for (let s = 0; s < steps; s++) {
      const rate = learningRateAt(schedule, learningRate, (epoch - 1) * steps + s, epochs * steps);
      this.#beta1Power *= beta1;
      this.#beta2Power *= beta2;
      const stepSize = rate / (1 - this.#beta1Power);
      const rootCorrection = 1 / Math.sqrt(1 - this.#beta2Power);
      table.set(
        [stepSize, rootCorrection, beta1, 1 - beta1, beta2, 1 - beta2, epsilon, weightDecay],
        s * 8,
      );
      if (s % 4096 === 4095) await pause();
    }
  }

  /** The mean of the loss over every element of the `rows` rows of the last pass. */
  #meanLoss(steps: number, rows: number): number {
    const losses = new Float64Array(this.#engine.memory.buffer, this.#stepLoss, steps);
    return losses.reduce((sum, loss) => sum + loss, 0) / (rows * this.#network.inputs);
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
  }): number {
    const words = [
      plan.program.address,
      plan.lossCount,
      plan.program.count,
      plan.dataset,
      plan.order,
      plan.rows,
      plan.batch,
      this.#adam,
      plan.rowLoss,
      this.#stepLoss,
      this.#steps,
      this.#network.inputs,
      0,
    ];
    const address = this.#arena.take(words.length * 4, 'a plan');
    this.#words(address, words.length).set(words);
    const factor = this.#floats(address, words.length).subarray(-1);
    factor[0] = this.#config.loss === 'mse' ? 2 : 1;
    return address;
  }

  #floats(address: number, count: number): Float32Array {
    return new Float32Array(this.#engine.memory.buffer, address, count);
  }

  #words(address: number, count: number): Uint32Array {
    return new Uint32Array(this.#engine.memory.buffer, address, count);
  }
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
