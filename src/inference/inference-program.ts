// Lays out a range of the network's layers as the list of operations that encodes, decodes or reconstructs.

import type { Arena } from '../engine/memory.js';
import * as operations from '../engine/operations.js';
import { type Tensor, takeTensor } from '../engine/tensor.js';
import * as abi from '../generated/abi.js';
import { ACTIVATIONS } from '../model/activations.js';
import { type Layer, type Network, round4 } from '../model/network.js';
import { type IntegerLayer, takeIntegerScratch } from './int16.js';

/** The program of a range of layers without training, for up to `batch` rows at a time. */
export interface InferenceProgram extends operations.Program {
  /** The address of the first row's result, and the distance to the next row's in bytes. */
  readonly result: number;
  readonly ldResult: number;
}

/** What to lay out. */
export interface Stretch {
  /** Layers [from, to). */
  readonly from: number;
  readonly to: number;
  /** Whether the result is the error of each column, for a network that has columns. */
  readonly error: boolean;
  /** Whether rows are floats instead of bytes. */
  readonly floats: boolean;
  /** The first layer's weights, if its rows are bytes and it uses integer arithmetic. */
  readonly integers?: IntegerLayer | undefined;
  /** The values that fill missing cells, whose errors are ignored; undefined if no cell can be missing. */
  readonly fill: Float32Array | undefined;
  /** Whether rows are compressed, and known to be finite. The first layer then works from their non-zeros. */
  readonly compressed?: boolean;
}

/**
 * Lays out a range of layers. Rows of floats are read in place if the first product can do so: it needs
 * samples in whole vectors. That saves some 4 % of encoding digits or noise.
 */
export function inferenceProgram(
  arena: Arena,
  network: Network,
  base: number,
  batch: number,
  { from, to, error, floats, fill, compressed = false, integers }: Stretch,
): InferenceProgram {
  const layers = network.layers.slice(from, to);
  const { inputs: width, rowsAreInputs } = layers[0] as Layer;
  const columns = to === network.layers.length ? network.columns : undefined;
  const isByColumns = columns !== undefined && error;
  // Compressed rows become dense only where results are compared with them, a batch at a time.
  const isInPlace = floats && rowsAreInputs && width % 4 === 0 && !isByColumns;
  const isDirect = integers !== undefined || (compressed ? !error : isInPlace);
  const x = isDirect
    ? { samples: abi.INPUT, ldSamples: 4 * width, features: 0, ldFeatures: 0 }
    : takeTensor(arena, batch, width);
  const list: operations.Operation[] = [];
  if (!isDirect) list.push(operations.load(x, width, !rowsAreInputs || isByColumns));
  let value: Tensor = x;
  const filling = compressed && fill ? takeRow(arena, fill) : 0;
  if (isByColumns && fill && !compressed) {
    value = takeTensor(arena, batch, width);
    list.push(operations.corrupt(x, value, width, takeRow(arena, fill), abi.NO_NOISE, 0));
  }
  for (const [l, layer] of layers.entries()) {
    const output = takeTensor(arena, batch, layer.outputs);
    const next = layers[l + 1];
    // The next product reads the layout that suits its weights; the caller reads sample-major.
    const wantsSamples = next ? next.rowsAreInputs : true;
    const { kind } = ACTIVATIONS[layer.activation];
    const isSums = columns !== undefined && !next;
    const options = {
      isTransposed: wantsSamples !== layer.rowsAreInputs && !isSums,
      sparse: layer.rowsAreInputs,
      checks: floats && l === 0 && !compressed && !(isByColumns && fill),
      ...(compressed && l === 0 && { gathers: true, fill: filling }),
    };
    if (integers && l === 0) {
      const { weights: b, panelBytes: ldb, scales } = integers;
      const given = { b, ldb, scales, lists: takeIntegerScratch(arena, width) };
      const { isTransposed } = options;
      list.push(operations.forwardIntegers(layer, base, output, kind, given, isTransposed));
    } else {
      const does = isSums ? abi.LINEAR : kind;
      list.push(operations.forward(layer, base, value, output, does, options));
    }
    value = output;
    if (!isSums) continue;
    const segments = operations.placeSegments(arena, columns);
    if (error) {
      value = takeTensor(arena, batch, columns.length);
      list.push(operations.columnErrors(output, x, value, columns.length, kind, segments));
    } else {
      list.push(operations.probabilities(output, layer.outputs, kind, segments));
    }
  }
  if (!error || isByColumns) {
    const program = operations.placeOperations(arena, list);
    return { ...program, result: value.samples, ldResult: value.ldSamples };
  }
  // The squared error of each row, summed over its columns.
  const rowLoss = arena.floats(batch, 'the errors');
  list.push(operations.rowError(value, x, width, rowLoss));
  return { ...operations.placeOperations(arena, list), result: rowLoss, ldResult: 4 };
}

/** Allocates a row with these values. */
function takeRow(arena: Arena, values: Float32Array): number {
  const floats = round4(values.length);
  const address = arena.floats(floats, 'a row');
  const row = new Float32Array(arena.memory.buffer, address, floats).fill(0);
  row.set(values);
  return address;
}
