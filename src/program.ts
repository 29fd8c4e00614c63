// Lays a pass through the network out in linear memory, as the list of operations that
// assembly/train.ts runs. Every value h and gradient dz exists sample-major (batch, width) and
// feature-major (width, batch): the products want rows of either kind.

import { LOSSES, type Loss, NOISES, type Noise, PENALTIES, type Sparsity } from './fit-options.js';
import type { Engine } from './kernels.js';
import type { Arena } from './memory.js';
import { type Layer, type Network, round4, strideOf } from './network.js';

/** The kernels' numbers for the kinds of operation (assembly/operation.ts). */
const LOAD = 0;
const LOAD_FEATURES = 1;
const FORWARD = 2;
const LOSS = 3;
const OUTPUT = 4;
const SUM = 5;
const BACKWARD = 6;
const UPDATE = 7;
const UPDATE_BIAS = 8;
const ERROR = 9;
const CORRUPT = 10;
const PENALISE = 11;
const WATCH = 12;
const NORM = 13;
const STEP = 14;

/** Stands for the number of rows of the batch at hand. */
const BATCH = -1;
/** Stands for the address of the rows at hand. */
const INPUT = 1;

/** The fields of assembly/operation.ts's Operation, in order, each 32 bits. */
const FIELDS = [
  ...['kind', 'barrier', 'a', 'lda', 'b', 'ldb', 'c', 'ldc', 'rows', 'columns', 'depth', 'sparse'],
  ...['twin', 'ldTwin', 'bias', 'biasStep', 'activation', 'x', 'ldx', 'loss', 'rowLoss', 'm', 'v'],
  ...['lists', 'listBytes', 'counts', 'h', 'ldh', 'biasM', 'biasV', 'kept', 'keptBiases', 'add'],
  ...['alive', 'how', 'amount', 'target', 'rate'],
] as const;
/** Those that are float32. */
const FLOATS: readonly string[] = ['amount', 'target', 'rate'];

type Operation = { kind: number } & { [field: string]: number };

/** Rows of gradient an update holds at a time (assembly/operation.ts, BLOCK). */
const BLOCK = 16;
/** Compressed rows that a thread has lists of at a time (assembly/operation.ts, WIDE_BLOCK). */
const WIDE_BLOCK = 64;
/** Bytes of an entry of a list of non-zeros, and of the scratch before lists (assembly/sparse.ts). */
const ENTRY = 8;
const SCRATCH_HEAD = 256 + 16384;
/** Into how many chunks the last layer's outputs are cut (assembly/output.ts, CHUNKS). */
const CHUNKS = 8;
/** The words of assembly/operation.ts's Step. */
const STEP_WORDS = 15;
/** Floats of the parameters that NORM and STEP have a row for (assembly/train.ts, CHUNK). */
const PARAMETER_CHUNK = 256;
/** The kernels' number for a ReLU that is revived (assembly/activation.ts). */
const REVIVED_RELU = 6;

/** One batch of values of one width, in both layouts: addresses, and row strides in bytes. */
export interface Tensor {
  readonly samples: number;
  readonly ldSamples: number;
  readonly features: number;
  readonly ldFeatures: number;
}

/** A list of operations in linear memory. */
export interface Program {
  readonly address: number;
  readonly count: number;
}

/** Where parameters and moments lie: each as the network's block does. */
interface Weights {
  readonly base: number;
  readonly m: number;
  readonly v: number;
}

/** How rows come to the first layer, which rows to train on and rows to validate on may differ in. */
export interface RowKind {
  /** Whether the rows are compressed; the first layer then works from them. */
  readonly compressed: boolean;
  /** Rows may hold NaN, which is left out of the loss: what the network sees instead, one a column. */
  readonly missing: Float32Array | undefined;
}

/** What decides which operations a training step has. */
export interface TrainingOptions extends RowKind {
  readonly loss: Loss;
  readonly huberDelta: number;
  /** Of the rows to validate on, which are compressed only if those to train on are. */
  readonly validation: RowKind;
  readonly noise: Noise | undefined;
  readonly sparsity: Required<Sparsity> | undefined;
  readonly reviveDeadUnits: boolean;
  readonly clipNorm: number | undefined;
  /** What Adam's steps of the first layer's weights are multiplied by. */
  readonly firstRate: number;
}

export interface TrainingProgram extends Program {
  /** How many operations lead up to the loss. */
  readonly lossCount: number;
  /** The loss of each output. */
  readonly rowLoss: number;
  /**
   * An i32 for each unit of all layers, in their order, that stays 0 while the unit's output is. Only
   * units of a ReLU are looked at.
   */
  readonly alive: number;
  /** The same up to the loss, changing nothing. */
  readonly validation: Program;
}

/** Space for values of `width` for up to `batch` rows. */
function takeTensor(arena: Arena, batch: number, width: number): Tensor {
  const ldSamples = strideOf(width) * 4;
  const ldFeatures = strideOf(batch) * 4;
  return {
    samples: arena.take(round4(batch) * ldSamples, 'a batch'),
    ldSamples,
    features: arena.take(round4(width) * ldFeatures, 'a batch'),
    ldFeatures,
  };
}

/** The operands and the epilogue of a layer's forward product, in the layout its weights ask for. */
function forward(
  layer: Layer,
  base: number,
  input: Tensor,
  output: Tensor,
  activation = layer.activationKind,
): Operation {
  const weights = base + layer.weights * 4;
  const ldWeights = layer.stride * 4;
  const common = {
    kind: FORWARD,
    depth: layer.inputs,
    bias: base + layer.biases * 4,
    activation,
  };
  if (layer.rowsAreInputs) {
    // h (batch, outputs) = x (batch, inputs) . T (inputs, outputs)
    const a = { a: input.samples, lda: input.ldSamples, b: weights, ldb: ldWeights };
    const c = { c: output.samples, ldc: output.ldSamples, rows: BATCH, columns: layer.outputs };
    return { ...common, ...a, ...c, biasStep: 16 };
  }
  // h (outputs, batch) = T (outputs, inputs) . x (inputs, batch)
  const a = { a: weights, lda: ldWeights, b: input.features, ldb: input.ldFeatures };
  const c = { c: output.features, ldc: output.ldFeatures, rows: layer.outputs, columns: BATCH };
  return { ...common, ...a, ...c, biasStep: 4 };
}

/** The other layout of what a product writes, which is sample-major or not. */
function twin(sampleMajor: boolean, output: Tensor): { twin: number; ldTwin: number } {
  return sampleMajor
    ? { twin: output.features, ldTwin: output.ldFeatures }
    : { twin: output.samples, ldTwin: output.ldSamples };
}

/** The bits of a float32 number. */
function floatBits(value: number): number {
  return new Int32Array(Float32Array.of(value).buffer)[0] as number;
}

/** Writes the list down. */
function place(arena: Arena, operations: readonly Operation[]): Program {
  const words = operations.flatMap((operation) =>
    FIELDS.map((field) => {
      const value = operation[field] ?? 0;
      return FLOATS.includes(field) ? floatBits(value) : value;
    }),
  );
  const address = arena.take(words.length * 4, 'the operations');
  new Int32Array(arena.memory.buffer, address, words.length).set(words);
  return { address, count: operations.length };
}

/**
 * Lays out one Step for each of `threads` threads that meet at `control`, each with scratch for
 * products of this network on up to `batch` rows. What changes from step to step is left to fill.
 * `weighted`: with room for the weights of a batch's rows. `compressed`: for lists of compressed rows.
 */
export function layOutSteps(
  engine: Engine,
  arena: Arena,
  network: Network,
  batch: number,
  threads: number,
  control: number,
  weighted: boolean,
  compressed: boolean,
): number {
  const longest = Math.max(batch, ...network.layers.map((layer) => layer.rows));
  const widest = Math.max(...network.layers.map((layer) => layer.stride));
  // The list of one row of any product, or those of a block of compressed rows, and their lengths.
  const block = compressed ? WIDE_BLOCK * (round4(network.inputs) + 4) : 0;
  const entries = Math.max(longest + 8, block);
  const scratchBytes = SCRATCH_HEAD + entries * ENTRY;
  // The largest of OUTPUT's chunks, in whole blocks of a transpose (assembly/output.ts).
  const rows = Math.ceil(network.inputs / 4 / CHUNKS) * 4;
  const width = round4(batch);
  const chunkBytes = rows * (2 * width * 4 + (width + 4) * ENTRY + 4);
  const address = arena.take(threads * STEP_WORDS * 4, 'the steps');
  for (let thread = 0; thread < threads; thread++) {
    const scratch = arena.take(scratchBytes, 'scratch');
    const gradient = arena.floats(Math.max(widest * BLOCK, width), 'scratch');
    const weights = weighted ? arena.floats(width, 'scratch') : 0;
    const chunk = arena.take(chunkBytes, 'scratch');
    engine.kernels.prepareTable(scratch);
    const step = new Uint32Array(engine.memory.buffer, address, threads * STEP_WORDS);
    const ours = [thread, threads, control, scratch, gradient, chunk, 0, weights, 0, 0];
    step.set([0, 0, 0, 0, 0, ...ours], thread * STEP_WORDS);
  }
  return address;
}

/** One training step: forward, then the last layer as a whole, backward, and all other updates last. */
export function trainingProgram(
  arena: Arena,
  network: Network,
  weights: Weights,
  batch: number,
  options: TrainingOptions,
): TrainingProgram {
  const { loss, compressed, missing, noise, sparsity, clipNorm, firstRate } = options;
  const { layers } = network;
  const last = layers.length - 1;
  const output = layers[last] as Layer;
  const x = takeTensor(arena, batch, network.inputs);
  const isChanged = noise !== undefined || missing !== undefined;
  const fillsValidation = options.validation.missing !== undefined;
  const changed = isChanged || fillsValidation ? takeTensor(arena, batch, network.inputs) : x;
  /** What the first layer gets to see: the target itself, unless something is done to it. */
  const input = isChanged ? changed : x;
  const values = [
    input,
    ...layers.slice(0, -1).map((layer) => takeTensor(arena, batch, layer.outputs)),
  ];
  const gradients = layers.map((layer) => takeTensor(arena, batch, layer.outputs));
  const rowLoss = arena.floats(round4(network.inputs), 'the losses');
  const isRelu = (l: number) => Number(layers[l]?.activation === 'relu');
  const kindOf = (layer: Layer) =>
    options.reviveDeadUnits && layer.activation === 'relu' ? REVIVED_RELU : layer.activationKind;
  const units = layers.reduce((sum, layer) => sum + layer.outputs, 0);
  const alive = arena.take(units * 4, 'the units');
  /** Where a layer's units are in `alive`, or 0 where nobody asks. */
  const aliveAt = (l: number) =>
    isRelu(l) && alive + 4 * layers.slice(0, l).reduce((sum, layer) => sum + layer.outputs, 0);

  // Feature lists: those of the batch's non-zeros, for the first layer's update.
  const listBytes = (round4(batch) + 4) * ENTRY;
  const first = gradients[0] as Tensor;
  const features = compressed
    ? {
        lists: arena.take(network.inputs * listBytes, 'a batch'),
        listBytes,
        counts: arena.take(network.inputs * 4, 'a batch'),
      }
    : undefined;

  const rowsOf = { rows: BATCH, columns: network.inputs };
  const loadFeatures = features && {
    kind: LOAD_FEATURES,
    c: x.features,
    ldc: x.ldFeatures,
    rows: network.inputs,
    columns: BATCH,
    ldb: first.ldSamples,
    ...features,
  };
  const loadRows = { kind: LOAD, c: x.samples, ldc: x.ldSamples, ...rowsOf, ...twin(true, x) };
  const fill = arena.floats(round4(network.inputs), 'a row');
  const columns = new Float32Array(arena.memory.buffer, fill, round4(network.inputs)).fill(0);
  const filled = missing ?? options.validation.missing;
  if (filled) columns.set(filled);
  const corrupt = (how: Noise | undefined): Operation => ({
    kind: CORRUPT,
    a: x.samples,
    lda: x.ldSamples,
    b: fill,
    c: changed.samples,
    ldc: changed.ldSamples,
    ...rowsOf,
    ...twin(true, changed),
    how: how ? NOISES.indexOf(how.type) + 1 : 0,
    amount: how?.amount ?? 0,
  });
  const hidden = (from: Tensor, isCompressed: boolean): Operation[] =>
    layers.slice(0, -1).map((layer, l) => {
      const to = values[l + 1] as Tensor;
      const source = l === 0 ? from : (values[l] as Tensor);
      return {
        ...forward(layer, weights.base, source, to, kindOf(layer)),
        ...twin(layer.rowsAreInputs, to),
        // A thread that reads samples reads its own, unless others have made them.
        barrier: Number(!layer.rowsAreInputs || layers[l - 1]?.rowsAreInputs === false),
        // Rows of weights have no zeros; values have many where a ReLU made them.
        sparse: layer.rowsAreInputs && l > 0 ? isRelu(l - 1) : 0,
        ...(isCompressed && l === 0 ? { a: 0 } : {}),
      };
    });
  const operations: Operation[] = [
    loadFeatures ?? loadRows,
    ...(isChanged ? [corrupt(noise)] : []),
    ...hidden(input, compressed),
  ];

  const code = values[last] as Tensor;
  const dz = gradients[last] as Tensor;
  const target = {
    x: x.features,
    ldx: x.ldFeatures,
    loss: LOSSES.indexOf(loss),
    rowLoss,
    barrier: 1,
    amount: options.huberDelta,
  };
  const product = forward(output, weights.base, code, dz, kindOf(output));
  const gathers = options.validation.compressed;
  const validation = place(arena, [
    (gathers && loadFeatures) || loadRows,
    ...(fillsValidation ? [corrupt(undefined)] : []),
    ...hidden(fillsValidation ? changed : x, gathers),
    { ...product, kind: LOSS, ...target },
  ]);

  // Where all gradients are to be known before any step is taken, they are kept.
  const isDeferred = network.isTied || clipNorm !== undefined;
  const { length } = network.block;
  const kept = isDeferred ? arena.floats(length, 'the gradients') : 0;
  if (isDeferred) new Float32Array(arena.memory.buffer, kept, length).fill(0);
  const keptAt = (offset: number) => (isDeferred ? kept + 4 * offset : 0);

  const partBytes = round4(batch) * code.ldSamples;
  const parts = arena.take(CHUNKS * partBytes, 'a batch');
  operations.push({
    ...product,
    kind: OUTPUT,
    ...target,
    c: parts,
    ldc: partBytes,
    sparse: isRelu(last),
    m: weights.m + output.weights * 4,
    v: weights.v + output.weights * 4,
    biasM: weights.m + output.biases * 4,
    biasV: weights.v + output.biases * 4,
    h: code.samples,
    ldh: code.ldSamples,
    kept: keptAt(output.weights),
    keptBiases: keptAt(output.biases),
    alive: aliveAt(last),
  });
  const lossCount = operations.length;
  for (let l = 0; l < last; l++) {
    const { features, ldFeatures } = values[l + 1] as Tensor;
    const rows = layers[l]?.outputs as number;
    const watched = { x: features, ldx: ldFeatures, rows, columns: BATCH, alive: aliveAt(l) };
    if (isRelu(l)) operations.push({ kind: WATCH, ...watched });
  }

  // Backward: dz of layer l - 1 from that of layer l. The loss ends with a barrier.
  for (let l = last; l > 0; l--) {
    /** Other threads have made dz of layer l: the code's, that was changed unit by unit. */
    const isShared = sparsity !== undefined && l === network.encoderDepth - 1;
    const layer = layers[l] as Layer;
    const h = values[l] as Tensor;
    const dx = gradients[l - 1] as Tensor;
    const activation = kindOf(layers[l - 1] as Layer);
    const bySamples = {
      c: dx.samples,
      ldc: dx.ldSamples,
      rows: BATCH,
      columns: layer.inputs,
      activation,
      x: h.samples,
      ldx: h.ldSamples,
      ...twin(true, dx),
    };
    if (l === last) {
      operations.push({ kind: SUM, a: parts, lda: partBytes, ldh: code.ldSamples, ...bySamples });
    } else {
      operations.push(backward(l, layer, h, dx, activation, isShared, bySamples));
    }
    if (sparsity && l === network.encoderDepth) {
      operations.push({
        kind: PENALISE,
        barrier: 1,
        c: dx.features,
        ldc: dx.ldFeatures,
        rows: layer.inputs,
        columns: BATCH,
        x: h.features,
        ldx: h.ldFeatures,
        activation,
        ...twin(false, dx),
        how: PENALTIES.indexOf(sparsity.type),
        amount: sparsity.weight,
        target: sparsity.target,
      });
    }
  }

  /** dz of layer l - 1, with the inputs h, from that of layer l, which is not the last. */
  function backward(
    l: number,
    layer: Layer,
    h: Tensor,
    dx: Tensor,
    activation: number,
    isShared: boolean,
    bySamples: Omit<Operation, 'kind'>,
  ): Operation {
    const T = { address: weights.base + layer.weights * 4, ld: layer.stride * 4 };
    const from = gradients[l] as Tensor;
    if (layer.rowsAreInputs) {
      return {
        // dx (inputs, batch) = T (inputs, outputs) . dz (outputs, batch)
        kind: BACKWARD,
        barrier: 1,
        a: T.address,
        lda: T.ld,
        b: from.features,
        ldb: from.ldFeatures,
        c: dx.features,
        ldc: dx.ldFeatures,
        rows: layer.inputs,
        columns: BATCH,
        depth: layer.outputs,
        activation,
        x: h.features,
        ldx: h.ldFeatures,
        ...twin(false, dx),
      };
    }
    return {
      // dx (batch, inputs) = dz (batch, outputs) . T (outputs, inputs)
      kind: BACKWARD,
      barrier: Number(isShared || layers[l + 1]?.rowsAreInputs === true),
      a: from.samples,
      lda: from.ldSamples,
      b: T.address,
      ldb: T.ld,
      depth: layer.outputs,
      sparse: isRelu(l),
      ...bySamples,
    };
  }

  /** The matrices whose gradient is kept already: tied weights have two. */
  const begun = new Set([output.weights]);
  for (const [l, layer] of layers.slice(0, -1).entries()) {
    const h = values[l] as Tensor;
    const dz = gradients[l] as Tensor;
    // dT (rows, columns) = (rows, batch) . (batch, columns): h and dz, or dz and h
    const [rows, columns] = layer.rowsAreInputs ? [h, dz] : [dz, h];
    operations.push({
      kind: UPDATE,
      barrier: Number(l === 0), // until now others read the weights
      a: rows.features,
      lda: rows.ldFeatures,
      b: columns.samples,
      ldb: columns.ldSamples,
      c: weights.base + layer.weights * 4,
      ldc: layer.stride * 4,
      rows: layer.rows,
      columns: layer.columns,
      depth: BATCH,
      sparse: layer.rowsAreInputs ? (l > 0 ? isRelu(l - 1) : 0) : isRelu(l),
      m: weights.m + layer.weights * 4,
      v: weights.v + layer.weights * 4,
      kept: keptAt(layer.weights),
      add: Number(begun.has(layer.weights)),
      rate: l === 0 ? firstRate : 1,
      ...(features && l === 0 ? { a: 0, ...features } : {}),
    });
    begun.add(layer.weights);
    operations.push({
      kind: UPDATE_BIAS,
      b: dz.samples,
      ldb: dz.ldSamples,
      c: weights.base + layer.biases * 4,
      columns: layer.outputs,
      m: weights.m + layer.biases * 4,
      v: weights.v + layer.biases * 4,
      kept: keptAt(layer.biases),
    });
  }
  if (isDeferred) {
    const rows = Math.ceil(length / PARAMETER_CHUNK);
    const norms = arena.floats(rows, 'the gradients');
    const all = { a: kept, rows, columns: length, x: norms, barrier: 1 };
    if (clipNorm !== undefined) operations.push({ kind: NORM, ...all });
    const step = (from: number, to: number, rate: number, barrier: number): Operation => ({
      ...{
        kind: STEP,
        barrier,
        a: keptAt(from),
        x: norms,
        depth: rows,
        amount: clipNorm ?? 0,
        rate,
      },
      ...{ rows: Math.ceil((to - from) / PARAMETER_CHUNK), columns: to - from },
      ...{ c: weights.base + 4 * from, m: weights.m + 4 * from, v: weights.v + 4 * from },
    });
    const { biases } = layers[0] as Layer; // before them are its weights alone
    operations.push(step(0, biases, firstRate, 1), step(biases, length, 1, 0));
  }
  return { ...place(arena, operations), lossCount, rowLoss, alive, validation };
}

/** A stretch of the network without training, for up to `batch` rows at a time. */
export interface InferenceProgram extends Program {
  /** Where the result of a row is, every ldResult bytes. */
  readonly result: number;
  readonly ldResult: number;
}

/**
 * Layers [from, to) of the network; with `error`, the result is how far it is from the input. Rows of
 * `floats` are read where they lie if the first product can: it wants samples, in whole vectors. That
 * saves some 4 % of encoding digits or noise.
 */
export function inferenceProgram(
  arena: Arena,
  network: Network,
  base: number,
  batch: number,
  from: number,
  to: number,
  error: boolean,
  floats: boolean,
): InferenceProgram {
  const layers = network.layers.slice(from, to);
  const width = (layers[0] as Layer).inputs;
  const { rowsAreInputs } = layers[0] as Layer;
  const isDirect = floats && rowsAreInputs && width % 4 === 0;
  const x = isDirect
    ? { samples: INPUT, ldSamples: 4 * width, features: 0, ldFeatures: 0 }
    : takeTensor(arena, batch, width);
  const operations: Operation[] = [];
  if (!isDirect) {
    const transposed = rowsAreInputs ? {} : twin(true, x);
    const c = { c: x.samples, ldc: x.ldSamples, rows: BATCH, columns: width };
    operations.push({ kind: LOAD, ...c, ...transposed });
  }
  let value: Tensor = x;
  for (const [l, layer] of layers.entries()) {
    const output = takeTensor(arena, batch, layer.outputs);
    const next = layers[l + 1];
    // The next product reads the layout that its weights ask for; the caller reads sample-major.
    const wantsSamples = next ? next.rowsAreInputs : true;
    operations.push({
      ...forward(layer, base, value, output),
      ...(wantsSamples === layer.rowsAreInputs ? {} : twin(layer.rowsAreInputs, output)),
      sparse: Number(layer.rowsAreInputs),
      how: Number(floats && l === 0),
    });
    value = output;
  }
  if (!error) {
    const program = place(arena, operations);
    return { ...program, result: value.samples, ldResult: value.ldSamples };
  }
  // The squared error of each row, summed over its columns.
  const rowLoss = arena.floats(batch, 'the errors');
  operations.push({
    kind: ERROR,
    a: value.samples,
    lda: value.ldSamples,
    x: x.samples,
    ldx: x.ldSamples,
    rows: BATCH,
    columns: width,
    rowLoss,
  });
  return { ...place(arena, operations), result: rowLoss, ldResult: 4 };
}
