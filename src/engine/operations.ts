// The operations that make up a pass through the network: a type and a constructor for each kind.
// assembly/program/interpreter.ts runs them; assembly/abi.ts describes their fields.

import * as abi from '../generated/abi.js';
import type { OutputColumn } from '../model/columns.js';
import type { Layer } from '../model/network.js';
import type { Arena } from './memory.js';
import { bytesOf, type Values, writeRecord } from './records.js';
import { featuresOf, samplesOf, type Tensor } from './tensor.js';

type Fields = Values<typeof abi.Operation>;
type Field = keyof Fields;
/** An operation of kind K with the fields F, and optionally the fields O. */
type Of<K extends number, F extends Field, O extends Field = never> = { readonly kind: K } & Pick<
  Fields,
  F
> &
  Partial<Pick<Fields, O | 'barrier'>>;

type Written = 'c' | 'ldc' | 'rows' | 'columns';
type Transposed = 'twin' | 'ldTwin';
type Multiplied = 'a' | 'lda' | 'b' | 'ldb' | 'depth';
type Biased = 'bias' | 'biasStep' | 'activation';
type Listed = 'lists' | 'listBytes' | 'counts';
type Compared = 'target' | 'ldTarget' | 'loss' | 'huberDelta' | 'rowLoss';
type Output = 'h' | 'ldh';
type Slopes = 'slopes' | 'ldSlopes' | 'slopesTwin' | 'ldSlopesTwin';
type Stepped = 'm' | 'v' | 'kept';
type Segmented = 'segments' | 'segmentCount';

type Load = Of<typeof abi.LOAD, Written, Transposed>;
type LoadFeatures = Of<typeof abi.LOAD_FEATURES, Written | 'ldb' | Listed | 'fill', Segmented>;
type Corrupt = Of<
  typeof abi.CORRUPT,
  Written | Transposed | 'a' | 'lda' | 'fill' | 'noise' | 'noiseAmount',
  Segmented
>;
type Forward = Of<
  typeof abi.FORWARD,
  Written | Multiplied | Biased,
  Transposed | 'sparse' | 'gathers' | 'checks' | 'fill' | 'scales' | 'lists' | Slopes
>;
type Loss = Of<typeof abi.LOSS, Written | Multiplied | Biased | Compared>;
type LastLayer = Of<
  typeof abi.OUTPUT,
  | ('rows' | Multiplied | Biased | Compared | Stepped)
  | ('sparse' | 'below' | 'ldBelow' | 'parts' | 'partBytes')
  | ('biasM' | 'biasV' | 'keptBiases' | 'alive'),
  'c' | 'ldc'
>;
type Columns = Of<
  typeof abi.COLUMNS,
  | ('c' | 'ldc' | 'rows' | 'activation' | 'alive')
  | (Compared | Segmented | 'categoryFactor' | 'gathers' | 'depth')
>;
type Probabilities = Of<typeof abi.PROBABILITIES, Written | Transposed | 'activation' | Segmented>;
type ColumnErrors = Of<
  typeof abi.COLUMN_ERRORS,
  Written | Transposed | 'a' | 'lda' | 'activation' | 'target' | 'ldTarget' | Segmented
>;
type Watch = Of<typeof abi.WATCH, Output | 'rows' | 'columns' | 'alive'>;
type Sum = Of<
  typeof abi.SUM,
  Written | Transposed | Output | 'activation' | 'parts' | 'partBytes' | 'ldBelow'
>;
type Backward = Of<
  typeof abi.BACKWARD,
  Written | Transposed | Multiplied | Output | 'activation',
  'sparse'
>;
type Penalise = Of<
  typeof abi.PENALISE,
  | (Written | Transposed | 'a' | 'lda' | Output | 'activation')
  | ('penalty' | 'penaltyWeight' | 'penaltyTarget')
>;
type Update = Of<
  typeof abi.UPDATE,
  Written | Multiplied | Stepped | 'add' | 'rate',
  'sparse' | 'gathers' | Listed
>;
type UpdateBias = Of<typeof abi.UPDATE_BIAS, 'c' | 'columns' | 'b' | 'ldb' | Stepped>;
type Norm = Of<typeof abi.NORM, 'a' | 'rows' | 'columns' | 'norms'>;
type Step = Of<
  typeof abi.STEP,
  'a' | 'rows' | 'columns' | 'norms' | 'chunks' | 'c' | 'm' | 'v' | 'maxNorm' | 'rate'
>;
type RowError = Of<
  typeof abi.ERROR,
  'a' | 'lda' | 'target' | 'ldTarget' | 'rows' | 'columns' | 'rowLoss'
>;

export type Operation =
  | (Load | LoadFeatures | Corrupt | Forward | Loss | LastLayer | Watch | Sum | Backward)
  | (Penalise | Update | UpdateBias | Norm | Step | RowError)
  | (Columns | Probabilities | ColumnErrors);

/** The lists of each feature's non-zeros in a batch. */
export type Lists = Pick<Fields, Listed>;
/** What the outputs are compared with, and how. */
export type Comparison = Pick<Fields, Compared>;
/** What the outputs are. */
export type Segments = Pick<Fields, Segmented>;

/** x (batch, width) = the batch's rows. With `isTransposed`, x is also stored as (width, batch). */
export function load(x: Tensor, width: number, isTransposed: boolean): Load {
  const { c, ldc, ...twin } = samplesOf(x);
  return { kind: abi.LOAD, c, ldc, rows: abi.BATCH, columns: width, ...(isTransposed && twin) };
}

/**
 * x (width, batch), and lists for products with rows of `ldb` bytes, from compressed rows. Missing values
 * are filled from `fill`, unless that is 0, in the lists but not in x. If `segments` describe x, the values
 * of categories are only in the lists.
 */
export function loadFeatures(
  x: Tensor,
  width: number,
  ldb: number,
  lists: Lists,
  fill: number,
  segments?: Segments,
): LoadFeatures {
  const to = { c: x.features, ldc: x.ldFeatures, rows: width, columns: abi.BATCH };
  return { kind: abi.LOAD_FEATURES, ...to, ldb, ...lists, fill, ...segments };
}

/**
 * to = x with noise, and with `fill` where x is missing. If `segments` describe the inputs, the noise
 * replaces the values of categories by other values.
 */
export function corrupt(
  x: Tensor,
  to: Tensor,
  width: number,
  fill: number,
  noise: number,
  noiseAmount: number,
  segments?: Segments,
): Corrupt {
  const from = { a: x.samples, lda: x.ldSamples, fill, noise, noiseAmount };
  const written = { ...samplesOf(to), rows: abi.BATCH, columns: width };
  return { kind: abi.CORRUPT, ...from, ...written, ...segments };
}

/** A layer's forward product and its bias, in the layout that suits its weights. */
function layerProduct(layer: Layer, base: number, input: Tensor, output: Tensor) {
  const weights = base + layer.weights * 4;
  const ldWeights = layer.stride * 4;
  const common = { depth: layer.inputs, bias: base + layer.biases * 4 };
  if (layer.rowsAreInputs) {
    // h (batch, outputs) = x (batch, inputs) . T (inputs, outputs)
    const a = { a: input.samples, lda: input.ldSamples, b: weights, ldb: ldWeights };
    const c = { c: output.samples, ldc: output.ldSamples, rows: abi.BATCH, columns: layer.outputs };
    return { ...common, ...a, ...c, biasStep: 16 };
  }
  // h (outputs, batch) = T (outputs, inputs) . x (inputs, batch)
  const a = { a: weights, lda: ldWeights, b: input.features, ldb: input.ldFeatures };
  const c = { c: output.features, ldc: output.ldFeatures, rows: layer.outputs, columns: abi.BATCH };
  return { ...common, ...a, ...c, biasStep: 4 };
}

/** Options of a forward pass. */
export interface ForwardOptions {
  /** Whether to store the other layout too. */
  readonly isTransposed: boolean;
  readonly barrier?: boolean;
  /** Whether to check rows of A for zeros. */
  readonly sparse?: boolean;
  /** Whether the input is the batch's compressed rows. */
  readonly gathers?: boolean;
  /** With `gathers`: the values that fill missing cells, or 0. */
  readonly fill?: number;
  /** Whether to record z that is not finite. */
  readonly checks?: boolean;
  /** Where to store f'(z). */
  readonly slopes?: Tensor | undefined;
}

function asSlopes({ c, ldc, twin, ldTwin }: ReturnType<typeof samplesOf>): Pick<Fields, Slopes> {
  return { slopes: c, ldSlopes: ldc, slopesTwin: twin, ldSlopesTwin: ldTwin };
}

/** output = f(input . weights + bias). */
export function forward(
  layer: Layer,
  base: number,
  input: Tensor,
  output: Tensor,
  activation: number,
  options: ForwardOptions,
): Forward {
  const layout = layer.rowsAreInputs ? samplesOf : featuresOf;
  const { twin, ldTwin } = layout(output);
  return {
    kind: abi.FORWARD,
    ...layerProduct(layer, base, input, output),
    ...(options.isTransposed && { twin, ldTwin }),
    ...(options.slopes && asSlopes(layout(options.slopes))),
    activation,
    barrier: Number(options.barrier ?? false),
    sparse: Number(options.sparse ?? false),
    gathers: Number(options.gathers ?? false),
    fill: options.fill ?? 0,
    checks: Number(options.checks ?? false),
  };
}

/**
 * output = f(input . weights + bias), with the input as bytes in place and the weights rounded to 16 bits.
 */
export function forwardIntegers(
  layer: Layer,
  base: number,
  output: Tensor,
  activation: number,
  integers: Pick<Fields, 'b' | 'ldb' | 'scales' | 'lists'>,
  isTransposed: boolean,
): Forward {
  const { c, ldc, ...twin } = samplesOf(output);
  return {
    kind: abi.FORWARD,
    ...{ a: abi.INPUT, lda: layer.inputs, depth: layer.inputs, ...integers },
    ...{ c, ldc, rows: abi.BATCH, columns: layer.outputs, ...(isTransposed && twin) },
    ...{ bias: base + layer.biases * 4, biasStep: 16, activation },
  };
}

/** dz (outputs, batch) of the last layer, and the losses. */
export function loss(
  layer: Layer,
  base: number,
  input: Tensor,
  dz: Tensor,
  activation: number,
  comparison: Comparison,
): Loss {
  const product = layerProduct(layer, base, input, dz);
  return { kind: abi.LOSS, barrier: 1, ...product, activation, ...comparison };
}

/**
 * The last layer, with weight rows for outputs: forward, loss, its parts of the gradient below, and the
 * update of its weights.
 */
export function lastLayer(
  layer: Layer,
  base: number,
  input: Tensor,
  activation: number,
  comparison: Comparison,
  rest: Pick<
    LastLayer,
    Stepped | 'sparse' | 'parts' | 'partBytes' | 'biasM' | 'biasV' | 'keptBiases' | 'alive'
  >,
  dz: Tensor | undefined,
): LastLayer {
  const { c, ldc, columns, ...product } = layerProduct(layer, base, input, input);
  const below = { below: input.samples, ldBelow: input.ldSamples };
  return {
    ...{ kind: abi.OUTPUT, barrier: 1, ...product, activation, ...comparison, ...below, ...rest },
    ...(dz && { c: dz.features, ldc: dz.ldFeatures }),
  };
}

/**
 * dz of the last layer, computed in place from its sums z, column by column, and the loss of each sample.
 * With `gathers`, categories are read from compressed rows of this `width`.
 */
export function columnLosses(
  z: Tensor,
  activation: number,
  comparison: Comparison,
  segments: Segments,
  categoryFactor: number,
  alive: number,
  gathers: boolean,
  width: number,
): Columns {
  const written = { c: z.features, ldc: z.ldFeatures, rows: abi.BATCH };
  const how = { activation, ...comparison, ...segments, categoryFactor, alive };
  const read = { gathers: Number(gathers), depth: width };
  return { kind: abi.COLUMNS, barrier: 1, ...written, ...how, ...read };
}

/** The network's outputs, computed in place from the sums z of its last layer. */
export function probabilities(
  z: Tensor,
  width: number,
  activation: number,
  segments: Segments,
): Probabilities {
  const written = { ...featuresOf(z), rows: width, columns: abi.BATCH };
  return { kind: abi.PROBABILITIES, ...written, activation, ...segments };
}

/**
 * The errors of columns (columns, batch) against x, from the sums z of the last layer, which are
 * overwritten.
 */
export function columnErrors(
  z: Tensor,
  x: Tensor,
  errors: Tensor,
  columns: number,
  activation: number,
  segments: Segments,
): ColumnErrors {
  const compared = { a: z.features, lda: z.ldFeatures, target: x.features, ldTarget: x.ldFeatures };
  const written = { ...featuresOf(errors), rows: columns, columns: abi.BATCH };
  return { kind: abi.COLUMN_ERRORS, ...compared, ...written, activation, ...segments };
}

/** Describes the outputs in memory. Adjacent numbers of equal weight share one record. */
export function placeSegments(arena: Arena, columns: readonly OutputColumn[]): Segments {
  const all: Values<typeof abi.Segment>[] = [];
  for (const { start, size, isCategory, weight } of columns) {
    const last = all.at(-1);
    const end = start + size;
    if (!isCategory && last?.category === 0 && last.weight === weight) {
      all[all.length - 1] = { ...last, end };
    } else {
      all.push({ start, end, category: Number(isCategory), weight, zero: 0 });
    }
  }
  const bytes = bytesOf(abi.Segment);
  const segments = arena.take(all.length * bytes, 'the columns');
  for (const [i, segment] of all.entries()) {
    writeRecord(arena.memory, segments + i * bytes, abi.Segment, segment);
  }
  return { segments, segmentCount: all.length };
}

/** Records at `alive` which of these units, with outputs h, are not 0 for every sample. */
export function watch(h: Tensor, units: number, alive: number): Watch {
  const output = { h: h.features, ldh: h.ldFeatures };
  return { kind: abi.WATCH, ...output, rows: units, columns: abi.BATCH, alive };
}

/**
 * dz (batch, units) of the layer below the last = the sum of the last layer's parts * f', which is taken
 * from h. `barrier`: whether other threads may still be writing the parts.
 */
export function sum(
  parts: Pick<Sum, 'parts' | 'partBytes'>,
  h: Tensor,
  dz: Tensor,
  units: number,
  activation: number,
  barrier: boolean,
): Sum {
  const output = { h: h.samples, ldh: h.ldSamples, activation };
  const written = { ...samplesOf(dz), rows: abi.BATCH, columns: units };
  return {
    kind: abi.SUM,
    barrier: Number(barrier),
    ...parts,
    ldBelow: h.ldSamples,
    ...output,
    ...written,
  };
}

/**
 * dz below = (dz . weights) * f', which is taken from h: the layer's inputs, or the stored slopes.
 * `sparse`: dz has zeros. `isShared`: other threads wrote these samples of dz.
 */
export function backward(
  layer: Layer,
  base: number,
  dz: Tensor,
  h: Tensor,
  dzBelow: Tensor,
  activation: number,
  sparse: boolean,
  isShared: boolean,
): Backward {
  const weights = base + layer.weights * 4;
  const ldWeights = layer.stride * 4;
  if (layer.rowsAreInputs) {
    return {
      // dx (inputs, batch) = T (inputs, outputs) . dz (outputs, batch)
      kind: abi.BACKWARD,
      barrier: 1,
      ...{ a: weights, lda: ldWeights, b: dz.features, ldb: dz.ldFeatures, depth: layer.outputs },
      ...{ ...featuresOf(dzBelow), rows: layer.inputs, columns: abi.BATCH },
      ...{ h: h.features, ldh: h.ldFeatures, activation },
    };
  }
  return {
    // dx (batch, inputs) = dz (batch, outputs) . T (outputs, inputs)
    kind: abi.BACKWARD,
    barrier: Number(isShared),
    ...{ a: dz.samples, lda: dz.ldSamples, b: weights, ldb: ldWeights, depth: layer.outputs },
    ...{ ...samplesOf(dzBelow), rows: abi.BATCH, columns: layer.inputs },
    ...{ h: h.samples, ldh: h.ldSamples, activation, sparse: Number(sparse) },
  };
}

/** dz (units, batch) of the code += the gradient of a penalty on its outputs, with f' taken from h. */
export function penalise(
  outputs: Tensor,
  h: Tensor,
  dz: Tensor,
  units: number,
  activation: number,
  penalty: Pick<Penalise, 'penalty' | 'penaltyWeight' | 'penaltyTarget'>,
): Penalise {
  const read = { a: outputs.features, lda: outputs.ldFeatures, h: h.features, ldh: h.ldFeatures };
  const written = { ...featuresOf(dz), rows: units, columns: abi.BATCH };
  return { kind: abi.PENALISE, barrier: 1, ...read, activation, ...written, ...penalty };
}

/** Where parameters and moments are stored, both laid out like the network's block. */
export interface Weights {
  readonly base: number;
  readonly m: number;
  readonly v: number;
}

/**
 * Updates a layer's weights with the gradient from its inputs h and dz, or from the lists of h's features.
 * `kept` and `add`: see assembly/abi.ts. `sparse`: whether the side that the weight rows belong to has
 * zeros.
 */
export function update(
  layer: Layer,
  weights: Weights,
  h: Tensor,
  dz: Tensor,
  how: Pick<Update, 'kept' | 'add' | 'rate'> & {
    sparse: boolean;
    barrier: boolean;
    lists: Lists | undefined;
  },
): Update {
  // dT (rows, columns) = (rows, batch) . (batch, columns): h and dz, or dz and h
  const [rows, columns] = layer.rowsAreInputs ? [h, dz] : [dz, h];
  const at = layer.weights * 4;
  return {
    kind: abi.UPDATE,
    barrier: Number(how.barrier),
    ...{ a: rows.features, lda: rows.ldFeatures, b: columns.samples, ldb: columns.ldSamples },
    depth: abi.BATCH,
    ...{ c: weights.base + at, ldc: layer.stride * 4, rows: layer.rows, columns: layer.columns },
    ...{ m: weights.m + at, v: weights.v + at, kept: how.kept, add: how.add, rate: how.rate },
    sparse: Number(how.sparse),
    ...(how.lists && { gathers: 1, ...how.lists }),
  };
}

/** Updates a layer's biases. */
export function updateBias(layer: Layer, weights: Weights, dz: Tensor, kept: number): UpdateBias {
  const at = layer.biases * 4;
  return {
    kind: abi.UPDATE_BIAS,
    ...{ b: dz.samples, ldb: dz.ldSamples, c: weights.base + at, columns: layer.outputs },
    ...{ m: weights.m + at, v: weights.v + at, kept },
  };
}

/** The stored gradients of all parameters, as one long list, and the squared norm of each chunk of it. */
export interface Kept {
  readonly address: number;
  readonly floats: number;
  readonly norms: number;
}

const chunksOf = (floats: number) => Math.ceil(floats / abi.PARAMETER_CHUNK);

/** Allocates space for them, with gradients of 0. */
export function takeKept(arena: Arena, floats: number): Kept {
  const what = 'the gradients';
  const address = arena.floats(floats, what);
  new Float32Array(arena.memory.buffer, address, floats).fill(0);
  return { address, floats, norms: arena.floats(chunksOf(floats), what) };
}

export function norm({ address, floats, norms }: Kept): Norm {
  const list = { a: address, rows: chunksOf(floats), columns: floats, norms };
  return { kind: abi.NORM, barrier: 1, ...list };
}

/**
 * Updates the parameters [from, to) with the stored gradients, scaled down together to a norm of at most
 * `maxNorm`, unless that is 0. Adam's step is multiplied by `rate`.
 */
export function step(
  { address, floats, norms }: Kept,
  { base, m, v }: Weights,
  [from, to]: readonly [number, number],
  { maxNorm, rate, barrier }: { maxNorm: number; rate: number; barrier: boolean },
): Step {
  const at = 4 * from;
  return {
    ...{ kind: abi.STEP, barrier: Number(barrier), a: address + at },
    ...{ rows: chunksOf(to - from), columns: to - from, c: base + at, m: m + at, v: v + at },
    ...{ norms, chunks: chunksOf(floats), maxNorm, rate },
  };
}

/** The squared error of each row of y (batch, width) against x. */
export function rowError(y: Tensor, x: Tensor, width: number, rowLoss: number): RowError {
  const compared = { a: y.samples, lda: y.ldSamples, target: x.samples, ldTarget: x.ldSamples };
  return { kind: abi.ERROR, ...compared, rows: abi.BATCH, columns: width, rowLoss };
}

/** A list of operations in linear memory. */
export interface Program {
  readonly address: number;
  readonly count: number;
}

const NOTHING = Object.fromEntries(
  Object.keys(abi.Operation).map((field) => [field, 0]),
) as unknown as Fields;

/** Writes the list to memory. */
export function placeOperations(arena: Arena, operations: readonly Operation[]): Program {
  const bytes = bytesOf(abi.Operation);
  const address = arena.take(operations.length * bytes, 'the operations');
  for (const [i, operation] of operations.entries()) {
    writeRecord(arena.memory, address + i * bytes, abi.Operation, { ...NOTHING, ...operation });
  }
  return { address, count: operations.length };
}
