// Lays a training run out in linear memory: parameters and moments, the data, the operations of a step
// and what threads share. src/training/training.ts then runs it.

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

/** What a run trains on, and with how many threads. */
export interface RunData {
  readonly source: RowSource;
  readonly validation: RowSource | undefined;
  readonly seed: number;
  /** The most threads to use. */
  readonly threads: number;
  /** Where a worker's script is, if not in this library. */
  readonly workerUrl: string | undefined;
}

/** Where a run's numbers are, as addresses, and how many. */
export interface TrainingLayout {
  readonly parameters: number;
  readonly m: number;
  readonly v: number;
  /** The row numbers to train on. */
  readonly rows: Uint32Array;
  /** The same (u32) in the order of an epoch. */
  readonly order: number;
  /** An OptimizerStep for each step of an epoch. */
  readonly optimizer: number;
  /** A float64 for each step of an epoch: the sum of its losses. */
  readonly stepLoss: number;
  /** A u32 for each unit: whether a ReLU was ever more than 0 in an epoch. */
  readonly alive: number;
  readonly plan: number;
  /** The same for the rows to validate on; 0: there are none. */
  readonly validationPlan: number;
  readonly validationRows: number;
  /** The same two for the first worker alone, where there are others. */
  readonly alonePlans: { readonly training: number; readonly validation: number } | undefined;
  /** A plan of one step for the calling thread alone: the loss of a few of the rows to train on. */
  readonly checkPlan: number;
  /** How many elements of a row its loss is a mean of. */
  readonly elements: number;
  /** Shares of the values that are known, among the rows to train and to validate on. */
  readonly known: number;
  readonly validationKnown: number;
  /** How many workers run the steps; 0: the calling thread does. */
  readonly threads: number;
  readonly control: number;
  /** The first byte behind all of it. */
  readonly end: number;
}

/**
 * Workers are asked to do at least this much of a step each, in floating-point operations: at the
 * 5 barriers of a step, some 2 us each, threads must not wait longer than they work.
 */
const STEP_WORK = 4e6;
/** And to run at all, at least this much: starting them takes as long as some 1e9 operations. */
const RUN_WORK = 2e9;
/** Rows whose loss tells after an epoch whether that is finite: the largest networks take some 10 ms. */
const CHECK_ROWS = 16;

/** Reads the data in, checks it, and lays everything out; the network is not touched. */
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
  // Rows to validate on may be of another kind: bytes have no missing cells, and floats may.
  const { missing } = source;
  const validationMissing = validation ? validation.missing : missing;
  const { isWeighed, factor } = LOSSES[config.loss];
  const { columns } = network;
  const weighs = sampleWeight !== undefined || isWeighed || columns !== undefined;
  // What the mean is over that losses are: the kernels take it over the inputs.
  const elements = columns?.length ?? network.inputs;
  const lossFactor = (factor * network.inputs) / elements;
  const isWeighted = weighs || missing !== undefined;
  const isValidationWeighted = weighs || validationMissing !== undefined;
  // What is changed on its way in is not looked at for zeros, unless it came compressed.
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

/** What a plan says of rows that all weigh the same. */
function weightsOf(isWeighted: boolean): number {
  return isWeighted ? abi.UNWEIGHTED : 0;
}

/** Writes the weights of all rows down, such that those of the rows to train on have the mean 1. */
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

/** The share of the values that are not NaN among these rows, which are floats. */
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

/** The same of rows that came compressed. */
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
 * Starts as many workers as the run is worth, one where they cannot share memory, and says how many;
 * 0: better here, or others have them all, or none can be started.
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
