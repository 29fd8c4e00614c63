// Lays out a training step as the list of operations that assembly/program/interpreter.ts runs: forward,
// then the last layer as a whole, backward, and finally all other updates. Every value h and gradient dz is
// stored sample-major (batch, width) and feature-major (width, batch), because products need rows of
// either.

import type { Arena } from '../engine/memory.js';
import * as operations from '../engine/operations.js';
import { type Tensor, takeTensor } from '../engine/tensor.js';
import * as abi from '../generated/abi.js';
import { ACTIVATIONS } from '../model/activations.js';
import { NOISES, PENALTIES } from '../model/kinds.js';
import { LOSSES, type Loss } from '../model/losses.js';
import { type Layer, type Network, round4 } from '../model/network.js';
import type { Noise, Sparsity } from './fit-types.js';

/** How rows reach the first layer. Training and validation rows may differ in this. */
export interface RowKind {
  /** Whether the rows are compressed. The first layer then works from them, unless there is noise. */
  readonly compressed: boolean;
  /**
   * Set if rows may hold NaN, which is excluded from the loss: the values the network sees instead, per
   * column.
   */
  readonly missing: Float32Array | undefined;
}

/** What determines the operations of a training step. */
export interface TrainingOptions extends RowKind {
  readonly loss: Loss;
  readonly huberDelta: number;
  /** The kind of the validation rows. */
  readonly validation: RowKind;
  readonly noise: Noise | undefined;
  readonly sparsity: Required<Sparsity> | undefined;
  readonly reviveDeadUnits: boolean;
  readonly clipNorm: number | undefined;
  /** The factor of Adam's steps of the first layer's weights. */
  readonly firstRate: number;
}

export interface TrainingProgram extends operations.Program {
  /** The number of operations up to the loss. */
  readonly lossCount: number;
  /** The loss of each output, or with columns, of each sample. */
  readonly rowLoss: number;
  /**
   * An i32 per unit of all layers, in order, which stays 0 as long as the unit's output does. Only ReLU
   * units are checked.
   */
  readonly alive: number;
  /** The same operations up to the loss, which change nothing. */
  readonly validation: operations.Program;
}

type Operations = operations.Operation[];

/** Lays out a training step, and the operations up to the loss for validation rows. */
export function trainingProgram(
  arena: Arena,
  network: Network,
  weights: operations.Weights,
  batch: number,
  options: TrainingOptions,
): TrainingProgram {
  const step = takeStep(arena, network, weights, batch, options);
  const { noise, validation } = options;
  const toHidden = [...load(step, options, noise), ...forward(step, options)];
  // With columns, losses are computed before anything is updated.
  const upToLoss = step.segments
    ? [...toHidden, ...loss(step, options, true)]
    : [...toHidden, lastLayer(step)];
  const { address, count } = operations.placeOperations(arena, [
    ...upToLoss,
    ...(step.segments ? [lastLayer(step)] : []),
    ...watch(step),
    ...backward(step),
    ...updates(step),
  ]);
  return {
    ...{ address, count, lossCount: upToLoss.length, rowLoss: step.comparison.rowLoss },
    alive: step.alive,
    validation: operations.placeOperations(arena, [
      ...load(step, validation, undefined),
      ...forward(step, validation),
      ...loss(step, validation),
    ]),
  };
}

/** What the parts of a step share. */
interface StepParts {
  readonly network: Network;
  readonly layers: readonly Layer[];
  readonly weights: operations.Weights;
  readonly options: TrainingOptions;
  /** The rows, and the input of the first layer if it differs from them. */
  readonly x: Tensor;
  readonly changed: Tensor;
  /** Whether the first layer trains on `changed`. */
  readonly isChanged: boolean;
  /** A row of values that replace missing ones. */
  readonly fill: number;
  /** The outputs of every layer except the last, and dz of every layer. */
  readonly outputs: readonly Tensor[];
  readonly gradients: readonly Tensor[];
  /** f'(z) of the layers whose activations store it. */
  readonly slopes: readonly (Tensor | undefined)[];
  /** Lists of the rows' features, if the first layer works from compressed rows. */
  readonly lists: operations.Lists | undefined;
  readonly comparison: operations.Comparison;
  /** What the outputs are, unless all are numbers of equal weight. */
  readonly segments: operations.Segments | undefined;
  readonly alive: number;
  /** The parts of the gradient below the last layer. */
  readonly parts: { readonly parts: number; readonly partBytes: number };
  /** Where gradients are stored until all are known. */
  readonly kept: operations.Kept | undefined;
}

function takeStep(
  arena: Arena,
  network: Network,
  weights: operations.Weights,
  batch: number,
  options: TrainingOptions,
): StepParts {
  const { layers, inputs } = network;
  const { noise, missing, validation, compressed } = options;
  const x = takeTensor(arena, batch, inputs);
  const lists = compressed && !noise ? takeLists(arena, inputs, batch) : undefined;
  const isChanged = noise !== undefined || (missing !== undefined && !lists);
  const isAnyChanged = isChanged || (validation.missing && !(validation.compressed && lists));
  const changed = isAnyChanged ? takeTensor(arena, batch, inputs) : x;
  const take = (layer: Layer) => takeTensor(arena, batch, layer.outputs);
  const outputs = layers.slice(0, -1).map(take);
  const gradients = layers.map(take);
  const slopes = layers
    .slice(0, -1)
    .map((layer) => (ACTIVATIONS[layer.activation].keepsSlopes ? take(layer) : undefined));
  const below = outputs.at(-1) as Tensor;
  const partBytes = round4(batch) * below.ldSamples;
  const isDeferred = network.isTied || options.clipNorm !== undefined;
  return {
    ...{ network, layers, weights, options, x, changed, isChanged, outputs, gradients, slopes },
    fill: takeFill(arena, inputs, missing ?? validation.missing),
    lists,
    comparison: {
      ...{ target: x.features, ldTarget: x.ldFeatures },
      ...{ loss: LOSSES[options.loss].kind, huberDelta: options.huberDelta },
      rowLoss: arena.floats(round4(Math.max(inputs, batch)), 'the losses'),
    },
    segments: network.columns && operations.placeSegments(arena, network.columns),
    alive: arena.take(network.units * 4, 'the units'),
    parts: { parts: arena.take(abi.CHUNKS * partBytes, 'a batch'), partBytes },
    kept: isDeferred ? operations.takeKept(arena, network.block.length) : undefined,
  };
}

/** A row with these values, or with zeros. */
function takeFill(arena: Arena, inputs: number, values: Float32Array | undefined): number {
  const floats = round4(inputs);
  const address = arena.floats(floats, 'a row');
  const row = new Float32Array(arena.memory.buffer, address, floats).fill(0);
  if (values) row.set(values);
  return address;
}

function takeLists(arena: Arena, inputs: number, batch: number): operations.Lists {
  const listBytes = (round4(batch) + 4) * abi.ENTRY_BYTES;
  const lists = arena.take(inputs * listBytes, 'a batch');
  return { lists, listBytes, counts: arena.take(inputs * 4, 'a batch') };
}

/** The kernels' number for the activation of layer l. */
function activationOf({ layers, options }: StepParts, l: number): number {
  const { kind, revived } = ACTIVATIONS[(layers[l] as Layer).activation];
  return options.reviveDeadUnits ? (revived ?? kind) : kind;
}

/**
 * Whether many outputs of layer l are 0. Layer -1 means the rows: compressed ones count, unless there is
 * noise.
 */
function hasZeros({ layers, options }: StepParts, l: number): boolean {
  if (l < 0) return options.compressed && options.noise !== undefined;
  const layer = layers[l];
  return layer !== undefined && ACTIVATIONS[layer.activation].hasZeros;
}

/** Where units of layer l that are not 0 are recorded, or 0 if none can stay 0. */
function aliveAt(step: StepParts, l: number): number {
  if (!hasZeros(step, l)) return 0;
  const before = step.layers.slice(0, l).reduce((sum, layer) => sum + layer.outputs, 0);
  return step.alive + 4 * before;
}

/** The tensor that layer l reads in training. */
function inputOf({ isChanged, changed, x, outputs }: StepParts, l: number): Tensor {
  if (l > 0) return outputs[l - 1] as Tensor;
  return isChanged ? changed : x;
}

/** What f' of layer l is computed from. */
function slopesOf({ outputs, slopes }: StepParts, l: number): Tensor {
  return slopes[l] ?? (outputs[l] as Tensor);
}

/** Whether the first layer works from the compressed rows. */
function gathers({ lists }: StepParts, { compressed }: RowKind): boolean {
  return compressed && lists !== undefined;
}

/** The values that fill missing cells when rows are read, or 0. */
function fillOf({ fill }: StepParts, { missing }: RowKind): number {
  return missing ? fill : 0;
}

/** Loads the batch's rows, adds noise, and fills missing values. */
function load(step: StepParts, kind: RowKind, noise: Noise | undefined): Operations {
  const { x, changed, fill, network, gradients, lists } = step;
  const { inputs } = network;
  if (lists && gathers(step, kind)) {
    const { ldSamples } = gradients[0] as Tensor;
    const filled = fillOf(step, kind);
    return [operations.loadFeatures(x, inputs, ldSamples, lists, filled, step.segments)];
  }
  const rows = operations.load(x, inputs, true);
  if (!noise && !kind.missing) return [rows];
  const [type, amount] = noise ? [NOISES[noise.type], noise.amount] : [abi.NO_NOISE, 0];
  const swaps = noise && step.segments;
  return [rows, operations.corrupt(x, changed, inputs, fill, type, amount, swaps)];
}

/** All layers except the last, for rows of this kind, with noise if it is the kind of `options`. */
function forward(step: StepParts, kind: RowKind): Operations {
  const { layers, outputs, slopes, weights, x, changed, options } = step;
  const isGathered = gathers(step, kind);
  const isNoisy = kind === options && options.noise !== undefined;
  const isChanged = isNoisy || (kind.missing !== undefined && !isGathered);
  return layers.slice(0, -1).map((layer, l) => {
    const input = l > 0 ? inputOf(step, l) : isChanged ? changed : x;
    return operations.forward(
      layer,
      weights.base,
      input,
      outputs[l] as Tensor,
      activationOf(step, l),
      {
        isTransposed: true,
        // A thread that reads samples reads its own, unless other threads have written them.
        barrier: !layer.rowsAreInputs || layers[l - 1]?.rowsAreInputs === false,
        // Rows of weights have no zeros.
        sparse: layer.rowsAreInputs && hasZeros(step, l - 1),
        gathers: isGathered && l === 0,
        fill: fillOf(step, kind),
        slopes: slopes[l],
      },
    );
  });
}

/** The loss of the last layer, and its dz. With `isTraining`, units that are not 0 are recorded. */
function loss(step: StepParts, kind: RowKind, isTraining = false): Operations {
  const { layers, weights, gradients, comparison, segments, options, network } = step;
  const last = layers.length - 1;
  const [layer, dz] = [layers[last] as Layer, gradients[last] as Tensor];
  const [input, activation] = [inputOf(step, last), activationOf(step, last)];
  if (!segments) {
    return [operations.loss(layer, weights.base, input, dz, activation, comparison)];
  }
  const alive = isTraining ? aliveAt(step, last) : 0;
  const sums = { isTransposed: false, barrier: true };
  return [
    operations.forward(layer, weights.base, input, dz, abi.LINEAR, sums),
    operations.columnLosses(
      dz,
      activation,
      comparison,
      segments,
      1 / LOSSES[options.loss].factor,
      alive,
      gathers(step, kind),
      network.inputs,
    ),
  ];
}

function lastLayer(step: StepParts): operations.Operation {
  const { layers, weights, comparison, segments, gradients } = step;
  const last = layers.length - 1;
  const layer = layers[last] as Layer;
  const input = inputOf(step, last);
  const [at, biasAt] = [layer.weights * 4, layer.biases * 4];
  const rest = {
    ...step.parts,
    sparse: Number(hasZeros(step, last)),
    ...{ m: weights.m + at, v: weights.v + at },
    ...{ biasM: weights.m + biasAt, biasV: weights.v + biasAt },
    ...{ kept: keptAt(step, layer.weights), keptBiases: keptAt(step, layer.biases) },
    alive: aliveAt(step, last),
  };
  const activation = activationOf(step, last);
  const dz = segments && gradients[last];
  return operations.lastLayer(layer, weights.base, input, activation, comparison, rest, dz);
}

/** Records which units are not 0. The last layer does this itself. */
function watch(step: StepParts): Operations {
  return step.outputs.flatMap((h, l) => {
    const alive = aliveAt(step, l);
    return alive ? [operations.watch(h, (step.layers[l] as Layer).outputs, alive)] : [];
  });
}

/**
 * dz of each layer from dz of the layer above. The loss ends with a barrier; so does the last layer without
 * columns.
 */
function backward(step: StepParts): Operations {
  const { network, layers, weights, gradients, options } = step;
  const { sparsity } = options;
  const last = layers.length - 1;
  const list: Operations = [];
  for (let l = last; l > 0; l--) {
    const layer = layers[l] as Layer;
    const [dz, dzBelow] = [gradients[l] as Tensor, gradients[l - 1] as Tensor];
    const h = slopesOf(step, l - 1);
    const activation = activationOf(step, l - 1);
    if (l === last) {
      const isPending = step.segments !== undefined;
      list.push(operations.sum(step.parts, h, dzBelow, layer.inputs, activation, isPending));
    } else {
      // Other threads have written dz of layers whose weight rows are inputs, and of a penalised code.
      const isPenalised = sparsity !== undefined && l === network.encoderDepth - 1;
      const isShared = isPenalised || layers[l + 1]?.rowsAreInputs === true;
      const sparse = hasZeros(step, l);
      list.push(
        operations.backward(layer, weights.base, dz, h, dzBelow, activation, sparse, isShared),
      );
    }
    if (sparsity && l === network.encoderDepth) {
      list.push(
        operations.penalise(inputOf(step, l), h, dzBelow, layer.inputs, activation, {
          penalty: PENALTIES[sparsity.type],
          penaltyWeight: sparsity.weight,
          penaltyTarget: sparsity.target,
        }),
      );
    }
  }
  return list;
}

/** Where the gradient of the parameter at `offset` is stored, or 0. */
function keptAt({ kept }: StepParts, offset: number): number {
  return kept ? kept.address + 4 * offset : 0;
}

/** Updates all layers except the last; if gradients are stored, all parameters. */
function updates(step: StepParts): Operations {
  const { layers, weights, gradients, kept, network, options } = step;
  const { clipNorm, firstRate } = options;
  /** The matrices that already have a stored gradient: tied weights get two. */
  const begun = new Set([layers.at(-1)?.weights]);
  const list: Operations = [];
  for (const [l, layer] of layers.slice(0, -1).entries()) {
    const dz = gradients[l] as Tensor;
    list.push(
      operations.update(layer, weights, inputOf(step, l), dz, {
        barrier: l === 0, // until then others read the weights
        sparse: hasZeros(step, layer.rowsAreInputs ? l - 1 : l),
        kept: keptAt(step, layer.weights),
        add: Number(begun.has(layer.weights)),
        rate: l === 0 ? firstRate : 1,
        lists: l === 0 ? step.lists : undefined,
      }),
      operations.updateBias(layer, weights, dz, keptAt(step, layer.biases)),
    );
    begun.add(layer.weights);
  }
  if (!kept) return list;
  const maxNorm = clipNorm ?? 0;
  const { biases } = layers[0] as Layer; // only the first layer's weights come before them
  const [first, others] = [
    { maxNorm, rate: firstRate, barrier: true },
    { maxNorm, rate: 1, barrier: false },
  ];
  return [
    ...list,
    ...(clipNorm === undefined ? [] : [operations.norm(kept)]),
    operations.step(kept, weights, [0, biases], first),
    operations.step(kept, weights, [biases, network.block.length], others),
  ];
}
