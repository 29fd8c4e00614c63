// Lays a pass through the network out in linear memory, as the list of operations that
// assembly/train.ts runs. Every value h and gradient dz exists sample-major (batch, width) and
// feature-major (width, batch): the products want rows of either kind.

import type { Engine } from './kernels.js';
import type { Arena } from './memory.js';
import { type Layer, type Network, round4 } from './network.js';
import { LOSSES, type Loss } from './options.js';

/** The kernels' numbers for the kinds of operation (assembly/train.ts). */
const LOAD = 0;
const FORWARD = 1;
const BACKWARD = 2;
const LOSS = 3;
const UPDATE = 4;
const UPDATE_BIAS = 5;
const ERROR = 6;

/** Stands for the number of rows of the batch at hand. */
const BATCH = -1;

/** The fields of assembly/train.ts's Operation, in order, each 32 bits. */
const FIELDS = [
  'kind',
  'barrier',
  'a',
  'lda',
  'b',
  'ldb',
  'c',
  'ldc',
  'rows',
  'columns',
  'depth',
  'sparse',
  'twin',
  'ldTwin',
  'bias',
  'biasStep',
  'activation',
  'x',
  'ldx',
  'loss',
  'rowLoss',
  'm',
  'v',
] as const;

type Operation = { kind: number } & Partial<Record<(typeof FIELDS)[number], number>>;

/** Rows of gradient an update holds at a time (assembly/train.ts, BLOCK). */
const BLOCK = 16;
/** Bytes of an entry of a sparse row, and of the table before them (assembly/gemm.ts). */
const ENTRY = 8;
const LIST_TABLE = 256;

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

/** Where a network's parameters lie, or their moments: as the block does, `base` bytes up. */
interface Weights {
  readonly base: number;
  readonly m: number;
  readonly v: number;
}

export interface TrainingProgram extends Program {
  /** How many operations lead up to the loss. */
  readonly forwardCount: number;
  readonly rowLoss: number;
  /** The number of row losses, or BATCH. */
  readonly rowLossCount: number;
}

/** Space for values of `width` for up to `batch` rows. */
function takeTensor(arena: Arena, batch: number, width: number): Tensor {
  const ldSamples = round4(width) * 4;
  const ldFeatures = round4(batch) * 4;
  return {
    samples: arena.take(round4(batch) * ldSamples, 'a batch'),
    ldSamples,
    features: arena.take(round4(width) * ldFeatures, 'a batch'),
    ldFeatures,
  };
}

/** Operands of a product that produces a tensor, in the layout that the layer's weights ask for. */
function forwardOperands(
  layer: Layer,
  base: number,
  input: Tensor,
  output: Tensor,
): Partial<Operation> {
  const weights = base + layer.weights * 4;
  const ldWeights = layer.stride * 4;
  const bias = base + layer.biases * 4;
  const activation = layer.activationKind;
  if (layer.tallInput) {
    // gather: h (batch, narrow) = x (batch, wide) . T (wide, narrow)
    return {
      a: input.samples,
      lda: input.ldSamples,
      b: weights,
      ldb: ldWeights,
      c: output.samples,
      ldc: output.ldSamples,
      rows: BATCH,
      columns: layer.outputs,
      depth: layer.inputs,
      bias,
      biasStep: 16,
      activation,
    };
  }
  // dot: h (wide, batch) = T (wide, narrow) . x (narrow, batch)
  return {
    a: weights,
    lda: ldWeights,
    b: input.features,
    ldb: input.ldFeatures,
    c: output.features,
    ldc: output.ldFeatures,
    rows: layer.outputs,
    columns: BATCH,
    depth: layer.inputs,
    bias,
    biasStep: 4,
    activation,
  };
}

/** The other layout of what a layer's forward product writes. */
function twinOf(layer: Layer, output: Tensor): Partial<Operation> {
  return layer.tallInput
    ? { twin: output.features, ldTwin: output.ldFeatures }
    : { twin: output.samples, ldTwin: output.ldSamples };
}

/** Writes the list down. */
function place(arena: Arena, operations: readonly Operation[]): Program {
  const words = operations.flatMap((operation) => FIELDS.map((field) => operation[field] ?? 0));
  const address = arena.take(words.length * 4, 'the operations');
  new Int32Array(arena.memory.buffer, address, words.length).set(words);
  return { address, count: operations.length };
}

/** The words of assembly/train.ts's Step. */
const STEP_WORDS = 10;

/**
 * Lays out one Step for each of `threads` threads that meet at `control`, each with scratch for
 * products of this network on up to `batch` rows. What changes from step to step is left to fill.
 */
export function layOutSteps(
  engine: Engine,
  arena: Arena,
  network: Network,
  batch: number,
  threads: number,
  control: number,
): number {
  const longest = Math.max(batch, ...network.layers.map((layer) => layer.wide));
  const widest = Math.max(...network.layers.map((layer) => layer.stride));
  const address = arena.take(threads * STEP_WORDS * 4, 'the steps');
  for (let thread = 0; thread < threads; thread++) {
    const list = arena.take(LIST_TABLE + (longest + 8) * ENTRY, 'scratch');
    const gradient = arena.floats(widest * BLOCK, 'scratch');
    engine.kernels.prepareList(list);
    const step = new Uint32Array(engine.memory.buffer, address, threads * STEP_WORDS);
    step.set([0, 0, 0, 0, 0, thread, threads, control, list, gradient], thread * STEP_WORDS);
  }
  return address;
}

/** One training step: forward, loss, backward, and every update last. */
export function trainingProgram(
  arena: Arena,
  network: Network,
  weights: Weights,
  batch: number,
  loss: Loss,
  sparseInput: boolean,
): TrainingProgram {
  const { layers } = network;
  const last = layers.length - 1;
  const x = takeTensor(arena, batch, network.inputs);
  const values = [
    x,
    ...layers.slice(0, -1).map((layer) => takeTensor(arena, batch, layer.outputs)),
  ];
  const gradients = layers.map((layer) => takeTensor(arena, batch, layer.outputs));
  const rowLoss = arena.floats(round4(Math.max(batch, network.inputs)) + 4, 'the losses');

  // Rows of weights have no zeros; values and gradients have many where a ReLU made them.
  const sparseValue = (l: number) =>
    Number(l === 0 ? sparseInput : layers[l - 1]?.activation === 'relu');
  const sparseGradient = (l: number) => Number(layers[l]?.activation === 'relu');

  const operations: Operation[] = [
    {
      kind: LOAD,
      c: x.samples,
      ldc: x.ldSamples,
      rows: BATCH,
      columns: network.inputs,
      twin: x.features,
      ldTwin: x.ldFeatures,
    },
  ];
  for (const [l, layer] of layers.entries()) {
    const output = (l === last ? gradients[l] : values[l + 1]) as Tensor;
    const operation: Operation = {
      kind: FORWARD,
      // A thread that gathers reads rows of its own, unless others have made them.
      barrier: Number(!layer.tallInput || layers[l - 1]?.tallInput === false),
      ...forwardOperands(layer, weights.base, values[l] as Tensor, output),
      ...twinOf(layer, output),
      sparse: layer.tallInput ? sparseValue(l) : 0,
    };
    if (l === last) {
      operation.kind = LOSS;
      operation.x = layer.tallInput ? x.samples : x.features;
      operation.ldx = layer.tallInput ? x.ldSamples : x.ldFeatures;
      operation.loss = LOSSES.indexOf(loss);
      operation.rowLoss = rowLoss;
    }
    operations.push(operation);
  }
  const forwardCount = operations.length;

  for (let l = last; l > 0; l--) {
    const layer = layers[l] as Layer;
    const dz = gradients[l] as Tensor;
    const h = values[l] as Tensor;
    const dx = gradients[l - 1] as Tensor;
    const activation = (layers[l - 1] as Layer).activationKind;
    const T = weights.base + layer.weights * 4;
    const ldT = layer.stride * 4;
    // The loss ends with a barrier; after it the same holds as forward.
    const barrier = Number(l < last && (layer.tallInput || layers[l + 1]?.tallInput === true));
    operations.push(
      layer.tallInput
        ? {
            // dot: dx (wide, batch) = T (wide, narrow) . dz (narrow, batch)
            kind: BACKWARD,
            barrier,
            a: T,
            lda: ldT,
            b: dz.features,
            ldb: dz.ldFeatures,
            c: dx.features,
            ldc: dx.ldFeatures,
            rows: layer.inputs,
            columns: BATCH,
            depth: layer.outputs,
            activation,
            x: h.features,
            ldx: h.ldFeatures,
            twin: dx.samples,
            ldTwin: dx.ldSamples,
          }
        : {
            // gather: dx (batch, narrow) = dz (batch, wide) . T (wide, narrow)
            kind: BACKWARD,
            barrier,
            a: dz.samples,
            lda: dz.ldSamples,
            b: T,
            ldb: ldT,
            c: dx.samples,
            ldc: dx.ldSamples,
            rows: BATCH,
            columns: layer.inputs,
            depth: layer.outputs,
            activation,
            x: h.samples,
            ldx: h.ldSamples,
            sparse: sparseGradient(l),
            twin: dx.features,
            ldTwin: dx.ldFeatures,
          },
    );
  }

  for (const [l, layer] of layers.entries()) {
    const h = values[l] as Tensor;
    const dz = gradients[l] as Tensor;
    // outer: dT (wide, narrow) = (wide, batch) . (batch, narrow), the wide side h or dz
    const [wide, narrow] = layer.tallInput ? [h, dz] : [dz, h];
    operations.push({
      kind: UPDATE,
      barrier: Number(l === 0), // until now others read the weights
      a: wide.features,
      lda: wide.ldFeatures,
      b: narrow.samples,
      ldb: narrow.ldSamples,
      c: weights.base + layer.weights * 4,
      ldc: layer.stride * 4,
      rows: layer.wide,
      columns: layer.narrow,
      depth: BATCH,
      sparse: layer.tallInput ? sparseValue(l) : sparseGradient(l),
      m: weights.m + layer.weights * 4,
      v: weights.v + layer.weights * 4,
    });
    operations.push({
      kind: UPDATE_BIAS,
      b: dz.samples,
      ldb: dz.ldSamples,
      c: weights.base + layer.biases * 4,
      columns: layer.outputs,
      m: weights.m + layer.biases * 4,
      v: weights.v + layer.biases * 4,
    });
  }

  const rowLossCount = (layers[last] as Layer).tallInput ? BATCH : network.inputs;
  return { ...place(arena, operations), forwardCount, rowLoss, rowLossCount };
}

/** A stretch of the network without training, for up to `batch` rows at a time. */
export interface InferenceProgram extends Program {
  /** Where the result is, sample-major. */
  readonly output: Tensor;
  readonly width: number;
  /** The squared error of each row against the input, summed over its columns. */
  readonly rowError: number;
}

/** Layers [from, to) of the network; with `error`, followed by the comparison with the input. */
export function inferenceProgram(
  arena: Arena,
  network: Network,
  base: number,
  batch: number,
  from: number,
  to: number,
  error: boolean,
): InferenceProgram {
  const layers = network.layers.slice(from, to);
  const width = (layers[0] as Layer).inputs;
  const x = takeTensor(arena, batch, width);
  const operations: Operation[] = [
    {
      kind: LOAD,
      c: x.samples,
      ldc: x.ldSamples,
      rows: BATCH,
      columns: width,
      ...(layers[0]?.tallInput ? {} : { twin: x.features, ldTwin: x.ldFeatures }),
    },
  ];
  let value = x;
  for (const [l, layer] of layers.entries()) {
    const output = takeTensor(arena, batch, layer.outputs);
    const next = layers[l + 1];
    // The next product reads the layout that its weights ask for; the caller reads sample-major.
    const wantsSamples = next ? next.tallInput : true;
    operations.push({
      kind: FORWARD,
      ...forwardOperands(layer, base, value, output),
      ...(wantsSamples === layer.tallInput ? {} : twinOf(layer, output)),
      sparse: Number(layer.tallInput),
    });
    value = output;
  }
  const rowError = arena.floats(batch, 'the errors');
  if (error) {
    operations.push({
      kind: ERROR,
      a: value.samples,
      lda: value.ldSamples,
      x: x.samples,
      ldx: x.ldSamples,
      rows: BATCH,
      columns: width,
      rowLoss: rowError,
    });
  }
  const outputs = (layers[layers.length - 1] as Layer).outputs;
  return { ...place(arena, operations), output: value, width: outputs, rowError };
}
