// Writes a dense layer with a leaky ReLU as an ONNX model. The numbers of the fields are those of
// https://github.com/onnx/onnx/blob/main/onnx/onnx.proto

import type { Parameter } from '../../dist/index.js';
import { float, integer, nested } from './protobuf.js';

const FLOAT = 1;
/** Attribute types. */
const [TYPE_FLOAT, TYPE_INT] = [1, 2];
/** Gemm, LeakyRelu of 13 and 16: any runtime of the last years has them. */
const [IR_VERSION, OPSET] = [8, 16];

/** The bytes of a model `x` (rows, inputs) -> `codes` (rows, outputs); the weight is (outputs, inputs). */
export function denseLeakyRelu(weight: Parameter, bias: Parameter, slope: number): Uint8Array {
  const [outputs, inputs] = weight.shape as [number, number];
  const gemm = node('Gemm', ['x', 'weight', 'bias'], 'sums', [
    nested(1, 'transB'),
    integer(3, 1),
    integer(20, TYPE_INT),
  ]);
  const activation = node('LeakyRelu', ['sums'], 'codes', [
    nested(1, 'alpha'),
    float(2, slope),
    integer(20, TYPE_FLOAT),
  ]);
  const graph = nested(7, [
    gemm,
    activation,
    nested(2, 'encoder'),
    tensor('weight', weight),
    tensor('bias', bias),
    value(11, 'x', inputs),
    value(12, 'codes', outputs),
  ]);
  const opset = nested(8, [nested(1, ''), integer(2, OPSET)]);
  return Buffer.concat([integer(1, IR_VERSION), graph, opset]);
}

function node(operator: string, inputs: string[], output: string, attribute: Uint8Array[]) {
  return nested(1, [
    ...inputs.map((input) => nested(1, input)),
    nested(2, output),
    nested(3, operator),
    nested(4, operator),
    nested(5, attribute),
  ]);
}

function tensor(name: string, { data, shape }: Parameter): Uint8Array {
  // ONNX is little-endian, as every machine that has this library's engines is.
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return nested(5, [
    ...shape.map((size) => integer(1, size)),
    integer(2, FLOAT),
    nested(8, name),
    nested(9, [bytes]),
  ]);
}

/** A float matrix of any number of rows, as the graph's input or output. */
function value(field: number, name: string, columns: number): Uint8Array {
  const shape = nested(2, [nested(1, [nested(2, 'rows')]), nested(1, [integer(1, columns)])]);
  return nested(field, [nested(1, name), nested(2, [nested(1, [integer(1, FLOAT), shape])])]);
}
