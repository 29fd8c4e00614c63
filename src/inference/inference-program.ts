// Lays a stretch of the network out as the list of operations that encodes, decodes or reconstructs.

import type { Arena } from '../engine/memory.js';
import * as operations from '../engine/operations.js';
import { type Tensor, takeTensor } from '../engine/tensor.js';
import * as abi from '../generated/abi.js';
import { ACTIVATIONS } from '../model/activations.js';
import type { Layer, Network } from '../model/network.js';

/** A stretch of the network without training, for up to `batch` rows at a time. */
export interface InferenceProgram extends operations.Program {
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
  const { inputs: width, rowsAreInputs } = layers[0] as Layer;
  const isDirect = floats && rowsAreInputs && width % 4 === 0;
  const x = isDirect
    ? { samples: abi.INPUT, ldSamples: 4 * width, features: 0, ldFeatures: 0 }
    : takeTensor(arena, batch, width);
  const list: operations.Operation[] = [];
  if (!isDirect) list.push(operations.load(x, width, !rowsAreInputs));
  let value: Tensor = x;
  for (const [l, layer] of layers.entries()) {
    const output = takeTensor(arena, batch, layer.outputs);
    const next = layers[l + 1];
    // The next product reads the layout that its weights ask for; the caller reads sample-major.
    const wantsSamples = next ? next.rowsAreInputs : true;
    const { kind } = ACTIVATIONS[layer.activation];
    const options = {
      isTransposed: wantsSamples !== layer.rowsAreInputs,
      sparse: layer.rowsAreInputs,
      checks: floats && l === 0,
    };
    list.push(operations.forward(layer, base, value, output, kind, options));
    value = output;
  }
  if (!error) {
    const program = operations.placeOperations(arena, list);
    return { ...program, result: value.samples, ldResult: value.ldSamples };
  }
  // The squared error of each row, summed over its columns.
  const rowLoss = arena.floats(batch, 'the errors');
  list.push(operations.rowError(value, x, width, rowLoss));
  return { ...operations.placeOperations(arena, list), result: rowLoss, ldResult: 4 };
}
