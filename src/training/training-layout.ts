// Lays out a training run in linear memory: parameters and moments, the data, the operations of a step and
// what threads share. src/training/training.ts then runs it.

import { sharesMemory } from '../base/platform.js';
import { breathe, timeSlices } from '../base/slices.js';
import { rowReader } from '../data/csr.js';
import type { RowSource, SparseReader } from '../data/matrix.js';
import { observedShare, rowsWithValues } from '../data/missing.js';
import { type Dataset, storeRows, worthCompressing } from '../engine/dataset.js';
import type { Engine } from '../engine/kernels.js';
import { Arena } from '../engine/memory.js';
import type { Program } from '../engine/operations.js';
import { bytesOf, readField, takeRecord } from '../engine/records.js';
import { layOutSteps } from '../engine/thread-steps.js';
import { takeWorkers } from '../engine/worker-budget.js';
import * as abi from '../generated/abi.js';
import { LOSSES } from '../model/losses.js';
import type { Network } from '../model/network.js';
import { type FitConfig, noWeight } from './fit-options.js';
import type { Start } from './run.js';
import { splitRows } from './split-rows.js';
import { trainingProgram } from './training-program.js';
import { firstRate } from './wide-rows.js';

/** What a run trains on, and the maximum number of threads. */
export interface RunData {
  readonly source: RowSource;
  readonly validation: RowSource | undefined;
  readonly seed: number;
  /** The maximum number of threads. */
  readonly threads: number;
  /** The URL of the worker script, if it is not the bundled one. */
  readonly workerUrl: string | undefined;
}

/** The addresses of a run's numbers, and how many there are. */
export interface TrainingLayout {
  readonly parameters: number;
  readonly m: number;
  readonly v: number;
  /** The numbers of the training rows. */
  readonly rows: Uint32Array;
  /** The same (u32), in the order of an epoch. */
  readonly order: number;
  /** An OptimizerStep per step of an epoch. */
  readonly optimizer: number;
  /** A float64 per step of an epoch: the sum of its losses. */
  readonly stepLoss: number;
  /** A u32 per unit: whether a ReLU was above 0 at least once in an epoch. */
  readonly alive: number;
  readonly plan: number;
  /** The plan for the validation rows; 0 if there are none. */
  readonly validationPlan: number;
  readonly validationRows: number;
  /** The same two plans for the first worker alone, if there are others. */
  readonly alonePlans: { readonly training: number; readonly validation: number } | undefined;
  /** A plan of one step for the calling thread alone: the loss of a few training rows. */
  readonly checkPlan: number;
  /** The number of elements per row that the loss is averaged over. */
  readonly elements: number;
  /** The fraction of known values among the training and among the validation rows. */
  readonly known: number;
  readonly validationKnown: number;
  /** How many workers run the steps; 0 if the calling thread does. */
  readonly threads: number;
  readonly control: number;
  /** The first byte after everything. */
  readonly end: number;
}

/**
 * Workers are used only if each gets at least this much of a step, in floating-point operations: a step has
 * 5 barriers of some 2 us each, and threads must not wait longer than they work.
 */
const STEP_WORK = 4e6;
/** And only if the run has at least this much work: starting them takes as long as some 1e9 operations. */
const RUN_WORK = 2e9;
/** Rows whose loss shows after an epoch whether it is finite: some 10 ms for the largest networks. */
const CHECK_ROWS = 16;

/** Reads the data, checks it, and lays everything out. The network is not changed. */
export async function layOutTraining(
  engine: Engine,
  network: Network,
  config: FitConfig<unknown>,
  data: RunData,
  { block, state }: Start,
): Promise<TrainingLayout> {
  const { source, validation, seed } = data;
  const { memory } = engine;
  const { sampleWeight } = config;
  engine.contents = undefined;
  const arena = new Arena(memory);
  const words = (address: number, count: number) => new Uint32Array(memory.buffer, address, count);
  const lay = (values: Float32Array, what: string): number => {
    const address = arena.floats(values.length, what);
    new Float32Array(memory.buffer, address, values.length).set(values);
    return address;
  };
  const parameters = lay(block, 'the parameters');
  await breathe(config.signal);
  const m = lay(state.m, "the optimiser's moments");
  const v = lay(state.v, "the optimiser's moments");
  await breathe(config.signal);

  const [rows, held] = await splitRows(source, config, seed);
  const validated = validation ? await rowsWithValues(validation, config.signal) : held;
  const validationRows = validated.length;
  const batch = Math.min(config.batchSize, Math.max(rows.length, validationRows));
  const steps = Math.ceil(rows.length / batch);
  const order = arena.take(rows.length * 4, 'the order of the rows');
  const validationOrder = arena.take(validationRows * 4, 'the order of the rows');
  const optimizer = arena.take(steps * bytesOf(abi.OptimizerStep), "the optimiser's steps");
  const lossSteps = Math.max(steps, Math.ceil(validationRows / batch));
  const stepLoss = arena.take(lossSteps * 8, 'the losses');

  const threads = await startThreads(engine, network, config, batch, rows.length, data);
  const nobody = { arrived: 0, sleeping: 0, abort: 0, stop: 0, tired: 0, done: 0 };
  const control = takeRecord(arena, abi.Control, nobody, 'the threads');
  // Validation rows may be of another kind: bytes have no missing cells, floats may have.
  const { missing } = source;
  const validationMissing = validation ? validation.missing : missing;
  const { isWeighed, factor } = LOSSES[config.loss];
  const { columns } = network;
  const weighs = sampleWeight !== undefined || isWeighed || columns !== undefined;
  // The number of losses that the mean is over. The kernels average over the inputs.
  const elements = columns?.length ?? network.inputs;
  const lossFactor = (factor * network.inputs) / elements;
  const isWeighted = weighs || missing !== undefined;
  const isValidationWeighted = weighs || validationMissing !== undefined;
  // Rows that change when they are read are not checked for zeros, unless they arrive compressed.
  const compressed =
    source.sparse !== undefined ||
    (!config.noise && (await worthCompressing(source, config.signal)));
  const validationCompressed =
    (validation ?? source).sparse !== undefined || (compressed && validationMissing === undefined);
  const layThreadSteps = (isWeighted: boolean, count = Math.max(1, threads)) =>
    layOutSteps(engine, arena, network, batch, count, control, isWeighted, compressed);
  await breathe(config.signal);
  const threadSteps = layThreadSteps(isWeighted);
  const validationSteps =
    isValidationWeighted === isWeighted ? threadSteps : layThreadSteps(isValidationWeighted);
  const ownSteps = threads > 1 ? layThreadSteps(isWeighted, 1) : threadSteps;
  const aloneSteps = (weighted: boolean) =>
    weighted === isWeighted ? ownSteps : layThreadSteps(weighted, 1);
  await breathe(config.signal);
  const program = trainingProgram(arena, network, { base: parameters, m, v }, batch, {
    ...config,
    compressed,
    missing,
    firstRate: config.slowsWideRows ? await firstRate(source, rows, config.signal) : 1,
    validation: { compressed: validationCompressed, missing: validationMissing },
  });
  await breathe(config.signal);
  const { rowLoss, alive } = program;
  const categories = columns?.filter(({ isCategory }) => isCategory) ?? [];
  const demands = { unitRange: config.loss === 'bce', categories };
  const store = (from: RowSource, compressed: boolean) =>
    storeRows(engine, arena, from, compressed, config.signal, demands);
  const layPlan = (
    { address, count }: Program,
    lossCount: number,
    dataset: Dataset,
    order: number,
    rows: number,
    steps: number,
    sampleWeights: number,
  ): number => {
    return takeRecord(
      arena,
      abi.Plan,
      {
        ...{ operations: address, lossCount, count, dataset: dataset.address, order },
        ...{ samples: rows, batchSize: batch, optimizer, rowLoss, stepLoss, steps },
        ...{ width: network.inputs, lossFactor, sampleWeights, noiseKey: 0 },
        sampleLosses: Number(columns !== undefined),
      },
      'a plan',
    );
  };

  const stored = await store(source, compressed);
  const sampleWeights = sampleWeight
    ? layWeights(arena, sampleWeight, rows)
    : weightsOf(isWeighted);
  const { lossCount, validation: forward } = program;
  const layTraining = (steps: number) =>
    layPlan(program, lossCount, stored, order, rows.length, steps, sampleWeights);
  const plan = layTraining(threadSteps);
  const checkRows = Math.min(CHECK_ROWS, batch, rows.length);
  const checkPlan = layPlan(
    forward,
    forward.count,
    stored,
    order,
    checkRows,
    ownSteps,
    weightsOf(isWeighted),
  );
  words(order, rows.length).set(rows);
  const shareOf = (of: RowSource, dataset: Dataset, rows: Uint32Array) => {
    if (columns) return observedShare(of, columns, rows, timeSlices(config.signal));
    return of.missing ? knownShare(engine, of, dataset, rows) : 1;
  };
  const known = await shareOf(source, stored, rows);

  let validationPlan = 0;
  let validationAlone = 0;
  let validationKnown = 1;
  if (validationRows > 0) {
    const dataset = validation ? await store(validation, validationCompressed) : stored;
    words(validationOrder, validationRows).set(validated);
    validationKnown = await shareOf(validation ?? source, dataset, validated);
    const layValidation = (steps: number) =>
      layPlan(
        forward,
        forward.count,
        dataset,
        validationOrder,
        validationRows,
        steps,
        weightsOf(isValidationWeighted),
      );
    validationPlan = layValidation(validationSteps);
    if (threads > 1) validationAlone = layValidation(aloneSteps(isValidationWeighted));
  }
  return {
    parameters,
    m,
    v,
    rows,
    order,
    optimizer,
    stepLoss,
    alive,
    plan,
    validationPlan,
    validationRows,
    alonePlans:
      threads > 1 ? { training: layTraining(ownSteps), validation: validationAlone } : undefined,
    checkPlan,
    elements,
    known,
    validationKnown,
    threads,
    control,
    end: arena.top,
  };
}

/** The field of a plan for rows of equal weight. */
function weightsOf(isWeighted: boolean): number {
  return isWeighted ? abi.UNWEIGHTED : 0;
}

/** Writes the weights of all rows, scaled so that those of the training rows have the mean 1. */
function layWeights(arena: Arena, weights: ArrayLike<number>, rows: Uint32Array): number {
  let sum = 0;
  for (const row of rows) sum += weights[row] as number;
  if (sum === 0) throw noWeight(weights, 'for every row to train on');
  const factor = rows.length / sum;
  const address = arena.floats(weights.length, 'the weights of the rows');
  const target = new Float32Array(arena.memory.buffer, address, weights.length);
  for (let i = 0; i < target.length; i++) target[i] = (weights[i] as number) * factor;
  return address;
}

/** The fraction of the values in these rows, which are floats, that are not NaN. */
async function knownShare(
  engine: Engine,
  { width, sparse }: RowSource,
  { address }: Dataset,
  rows: Uint32Array,
): Promise<number> {
  const pause = timeSlices();
  if (sparse) return knownShareOf(sparse, width, rows, pause);
  const { buffer } = engine.memory;
  const read = (field: keyof typeof abi.Dataset) =>
    readField(engine.memory, address, abi.Dataset, field);
  const [values, rowBytes] = [read('values'), read('rowBytes')];
  const FloatArray = read('format') === abi.DOUBLES ? Float64Array : Float32Array;
  let known = 0;
  for (const row of rows) {
    const all = new FloatArray(buffer, values + row * rowBytes, width);
    for (let i = 0; i < width; i++) if (!Number.isNaN(all[i])) known++;
    await pause();
  }
  return known / (rows.length * width);
}

/** The same for compressed rows. */
async function knownShareOf(
  sparse: SparseReader,
  width: number,
  rows: Uint32Array,
  pause: () => Promise<void> | undefined,
): Promise<number> {
  const rowAt = rowReader(sparse);
  let unknown = 0;
  for (const row of rows) {
    const { count, values } = rowAt(row);
    for (let e = 0; e < count; e++) if (Number.isNaN(values[e])) unknown++;
    await pause();
  }
  return 1 - unknown / (rows.length * width);
}

/**
 * Starts as many workers as the run is worth, or one if memory cannot be shared, and returns their number.
 * 0 if the calling thread is better, others have all workers, or none can be started.
 */
async function startThreads(
  engine: Engine,
  network: Network,
  config: FitConfig<unknown>,
  batch: number,
  rows: number,
  { threads, workerUrl }: RunData,
): Promise<number> {
  const sample = 6 * network.parameterCount;
  if (config.epochs * rows * sample < RUN_WORK) return 0;
  const most = sharesMemory() ? threads : 1;
  const count = Math.max(1, Math.min(most, Math.floor((batch * sample) / STEP_WORK)));
  return takeWorkers(engine, count, workerUrl);
}
