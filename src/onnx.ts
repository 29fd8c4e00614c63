// The entry point autoencoder-wasm/onnx: exports models for other runtimes. The field numbers are those of
// https://github.com/onnx/onnx/blob/main/onnx/onnx.proto

import type { Autoencoder } from './autoencoder.js';
import { isScaled } from './data/scaler.js';
import { float, integer, joined, nested, type Pieces } from './files/protobuf.js';
import type { Activation } from './model/activations.js';
import { methodOptions, oneOf } from './model/checks.js';
import type { CategoryOption } from './model/columns.js';
import { type Parameter, planLayers } from './model/network.js';

/** The part of a model to export. */
export type OnnxPart = 'encoder' | 'decoder' | 'full';
const PARTS: readonly OnnxPart[] = ['encoder', 'decoder', 'full'];

/** The options of `toOnnx(ae, ...)`. */
export interface OnnxOptions {
  /**
   * `'encoder'`: rows to codes. `'decoder'`: codes to rows. `'full'` (default): rows to their
   * reconstructions.
   */
  part?: OnnxPart;
}

/** The operators used all exist in these versions, which runtimes since 2021 accept. */
const [IR_VERSION, OPSET] = [8, 13];
/** Values of TensorProto.DataType and AttributeProto.AttributeType. */
const [FLOAT, INT64] = [1, 7];
const [ATTRIBUTE_FLOAT, ATTRIBUTE_INT] = [1, 2];
/** The largest protobuf message that runtimes accept. */
const MAX_BYTES = 2 ** 31 - 1;

/** An operator, with its attribute `alpha` or its second input. The first input is the previous output. */
interface Operator {
  readonly operator: string;
  readonly alpha?: number;
  readonly by?: 'sums' | number;
}

/** Each activation as a chain of ONNX operators. The first one takes the weighted sums. */
const OPERATORS: Record<Activation, readonly Operator[]> = {
  linear: [],
  relu: [{ operator: 'Relu' }],
  leakyRelu: [{ operator: 'LeakyRelu', alpha: 0.01 }],
  elu: [{ operator: 'Elu', alpha: 1 }],
  tanh: [{ operator: 'Tanh' }],
  sigmoid: [{ operator: 'Sigmoid' }],
  softplus: [{ operator: 'Softplus' }],
  silu: [{ operator: 'Sigmoid' }, { operator: 'Mul', by: 'sums' }],
  // 1/2 (1 + erf(z / sqrt(2))) z, because the operator Gelu is newer than the opset.
  gelu: [
    { operator: 'Mul', by: Math.SQRT1_2 },
    { operator: 'Erf' },
    { operator: 'Add', by: 1 },
    { operator: 'Mul', by: 0.5 },
    { operator: 'Mul', by: 'sums' },
  ],
};

/**
 * Exports the model, or a part of it, as the bytes of an ONNX file: from `input` (batch, width) to `output`
 * (batch, width), for any batch size. The exported model scales columns, treats NaN as missing if the model
 * does, and returns probabilities for categories.
 *
 * @throws TypeError for an option of the wrong type, RangeError for an unknown part or a model that exceeds
 *   the 2 GiB limit of ONNX files; Error on a model that scales its columns before its first `fit`.
 * @example
 * const bytes = toOnnx(ae, { part: 'encoder' });
 */
export function toOnnx(ae: Autoencoder, options?: OnnxOptions): Uint8Array<ArrayBuffer> {
  const given = methodOptions('toOnnx', options, ['part']);
  const part = oneOf('part', given.part ?? 'full', PARTS);
  const { scale, missing, categories = [] } = ae.options;
  const { scaler, missingFill } = ae;
  if (isScaled(scale) && !scaler) {
    throw new Error(
      `toOnnx needs the scaling that fit learns with scale '${scale}': call fit first`,
    );
  }
  const { layers, encoderDepth } = planLayers(ae.options);
  const [from, to] = { encoder: [0, encoderDepth], decoder: [encoderDepth], full: [0] }[part] as [
    number,
    number?,
  ];
  const used = layers.slice(from, to);

  const { parameters } = ae;
  const nodes: Pieces[] = [];
  const tensors: Pieces[] = [];
  /** Appends an operator's node and returns the name of its output. */
  const apply = (operator: string, inputs: string[], output: string, attribute: Pieces = []) => {
    nodes.push(node(operator, inputs, [output], attribute));
    return output;
  };
  const constant = (name: string, data: Float32Array | Float64Array, shape: number[]) => {
    tensors.push(tensor(name, { data: Float32Array.from(data), shape }));
    return name;
  };
  /** Appends the operators of an activation; none for a linear one. */
  const activate = (activation: Activation, sums: string, result: string) => {
    const operators = OPERATORS[activation];
    let value = sums;
    for (const [o, { operator, alpha, by }] of operators.entries()) {
      const made = o === operators.length - 1 ? result : `${result}.${o + 1}`;
      const inputs = [value];
      if (by === 'sums') inputs.push(sums);
      else if (by !== undefined) inputs.push(constant(`${made}.by`, Float32Array.of(by), []));
      const attribute = alpha === undefined ? [] : floatAttribute('alpha', alpha);
      value = apply(operator, inputs, made, attribute);
    }
    return value;
  };
  /** Appends the activations of a last layer with categories. */
  const applyByRuns = (sums: string, width: number, activation: Activation, result: string) => {
    const runs = runsOf(width, categories);
    const parts = runs.map((_, i) => `columns.${i}`);
    if (runs.length === 1) return apply('Softmax', [sums], result, intAttribute('axis', 1));
    const sizes = BigInt64Array.from(runs, ({ size }) => BigInt(size));
    tensors.push(tensor('columns.sizes', { data: sizes, shape: [sizes.length] }, INT64));
    nodes.push(node('Split', [sums, 'columns.sizes'], parts, intAttribute('axis', 1)));
    const made = runs.map(({ isCategory }, i) => {
      const [from, to] = [parts[i] as string, `columns.${i}.made`];
      if (isCategory) return apply('Softmax', [from], to, intAttribute('axis', 1));
      return activate(activation, from, to);
    });
    return apply('Concat', made, result, intAttribute('axis', 1));
  };
  const scaling = scaler && {
    // Two float32 that add up to the float64, to keep the precision of rows near a large offset.
    offset: constant('scaler.offset', scaler.offset, [scaler.offset.length]),
    rest: constant(
      'scaler.offset.rest',
      scaler.offset.map((value) => value - Math.fround(value)),
      [scaler.offset.length],
    ),
    factor: constant('scaler.factor', scaler.factor, [scaler.factor.length]),
  };
  let value = 'input';
  if (part !== 'decoder' && scaling) {
    const near = apply('Sub', [value, scaling.offset], 'near');
    const centred = apply('Sub', [near, scaling.rest], 'centred');
    value = apply('Div', [centred, scaling.factor], 'scaled');
  }
  if (part !== 'decoder' && missing === 'mask') {
    const data = missingFill ?? new Float32Array(1); // before fit: 0 in every column
    const fill = constant('missing.fill', data, [data.length]);
    value = apply('Where', [apply('IsNaN', [value], 'missing'), fill, value], 'filled');
  }
  const isScaledBack = part !== 'encoder' && scaling !== undefined;
  for (const [i, { name, activation }] of used.entries()) {
    const [weight, bias] = [`${name}.weight`, `${name}.bias`];
    for (const each of [weight, bias]) tensors.push(tensor(each, parameters[each] as Parameter));
    const isLast = i === used.length - 1;
    const isByRuns = isLast && part !== 'encoder' && categories.length > 0;
    const result = isLast && !isScaledBack ? 'output' : name;
    const isLinear = OPERATORS[activation].length === 0;
    const sums = isLinear && !isByRuns ? result : `${name}.sums`;
    // sums (batch, outputs) = value (batch, inputs) . weight (outputs, inputs)' + bias
    apply('Gemm', [value, weight, bias], sums, intAttribute('transB', 1));
    value = isByRuns
      ? applyByRuns(sums, used[i]?.outputs as number, activation, result)
      : activate(activation, sums, result);
  }
  if (isScaledBack) {
    const stretched = apply('Mul', [value, scaling.factor], 'stretched');
    apply('Add', [apply('Add', [stretched, scaling.rest], 'moved'), scaling.offset], 'output');
  }
  const graph = nested(7, [
    ...nodes.flat(),
    ...nested(2, part),
    ...tensors.flat(),
    ...batch(11, 'input', used[0]?.inputs as number),
    ...batch(12, 'output', used.at(-1)?.outputs as number),
  ]);
  const model = [
    ...integer(1, IR_VERSION),
    ...nested(2, 'autoencoder-wasm'),
    ...graph,
    ...nested(8, [...nested(1, ''), ...integer(2, OPSET)]),
  ];
  const length = model.reduce((sum, piece) => sum + piece.length, 0);
  if (length > MAX_BYTES) {
    throw new RangeError(`an ONNX file can have ${MAX_BYTES} bytes, and the model takes ${length}`);
  }
  return joined(model);
}

/** Splits outputs into categories and runs of numbers. */
function runsOf(
  width: number,
  categories: readonly CategoryOption[],
): { size: number; isCategory: boolean }[] {
  let end = 0;
  const runs = categories.flatMap(({ start, size }) => {
    const numbers = start - end;
    end = start + size;
    return [
      { size: numbers, isCategory: false },
      { size, isCategory: true },
    ];
  });
  runs.push({ size: width - end, isCategory: false });
  return runs.filter(({ size }) => size > 0);
}

/** A NodeProto, named after its first output. */
function node(operator: string, inputs: string[], outputs: string[], attribute: Pieces): Pieces {
  return nested(1, [
    ...inputs.flatMap((input) => nested(1, input)),
    ...outputs.flatMap((output) => nested(2, output)),
    ...nested(3, outputs[0] as string),
    ...nested(4, operator),
    ...attribute,
  ]);
}

function intAttribute(name: string, value: number): Pieces {
  return nested(5, [...nested(1, name), ...integer(3, value), ...integer(20, ATTRIBUTE_INT)]);
}

function floatAttribute(name: string, value: number): Pieces {
  return nested(5, [...nested(1, name), ...float(2, value), ...integer(20, ATTRIBUTE_FLOAT)]);
}

/** A TensorProto, little-endian like every machine that runs this library. */
function tensor(
  name: string,
  { data, shape }: Omit<Parameter, 'data'> & { readonly data: Float32Array | BigInt64Array },
  type = FLOAT,
): Pieces {
  return nested(5, [
    ...shape.flatMap((size) => integer(1, size)),
    ...integer(2, type),
    ...nested(8, name),
    ...nested(9, [new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]),
  ]);
}

/** A ValueInfoProto: float32 (batch, columns). */
function batch(field: number, name: string, columns: number): Pieces {
  const dimensions = [...nested(1, nested(2, 'batch')), ...nested(1, integer(1, columns))];
  const type = nested(1, [...integer(1, FLOAT), ...nested(2, dimensions)]);
  return nested(field, [...nested(1, name), ...nested(2, type)]);
}
