import { MAX_BYTES, tooLarge } from '../base/memory-limit.js';
import { Random, Stream } from '../base/random.js';
import type { Activation } from './activations.js';
import { type OutputColumn, outputColumns } from './columns.js';
import type { Init } from './kinds.js';
import type { MachineOption, ModelConfig } from './options.js';
import type { TrainingState } from './state.js';

/**
 * One dense layer. Its weights are a (rows, stride) matrix. A row belongs to one unit of one side; the
 * units of the other side run along the row, which is padded with zeros to the stride. The rows belong to
 * the inputs in the first layer and to the outputs in the last, that is, to the side of the data and its
 * zeros; in other layers to the wider side.
 */
export interface Layer {
  /** `encoder.0`, `encoder.1`, ..., `decoder.0`, ... */
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly activation: Activation;
  /** Whether a row of weights belongs to an input; if so, the matrix is the transpose of PyTorch's. */
  readonly rowsAreInputs: boolean;
  /** The number of rows of weights; the floats in each without and with padding. */
  readonly rows: number;
  readonly columns: number;
  readonly stride: number;
  /** Whether it shares the weights of the layer that it mirrors. */
  readonly isTied: boolean;
  /** The offsets of weights and biases in the parameter block, in floats. */
  readonly weights: number;
  readonly biases: number;
}

/** A named tensor in PyTorch's layout: weights (outputs, inputs), biases (outputs). */
export interface Parameter {
  /** The numbers in row-major order. */
  readonly data: Float32Array<ArrayBuffer>;
  /** [outputs, inputs] for weights, [outputs] for biases. */
  readonly shape: readonly number[];
}

/** Rounds up to a multiple of 4 floats (a vector). */
export const round4 = (n: number): number => Math.ceil(n / 4) * 4;

/**
 * The floats from one row of a matrix to the next: whole vectors, and never a multiple of 2 KB. With such a
 * stride, the same columns of all rows share one or two of the 64 sets of the first-level cache and evict
 * each other: products of 1,024 columns took 1.9 times as long (31 GFLOP/s instead of 59), of 512 columns
 * 1.05 times.
 */
export const strideOf = (columns: number): number => {
  const floats = round4(columns);
  return floats % 512 === 0 ? floats + 16 : floats;
};
export const round16 = (n: number): number => Math.ceil(n / 16) * 16;

/** The layer plan and the parameters of a model, for training and inference alike. */
export class Network {
  #layers: readonly Layer[];
  /** The number of encoder layers. */
  readonly encoderDepth: number;
  /** Whether each decoder layer has the transposed weights of the encoder layer that it mirrors. */
  readonly isTied: boolean;
  /** The output columns; undefined if all are numbers of equal weight. */
  readonly columns: readonly OutputColumn[] | undefined;
  /** All weights and biases, padded, in the layers' order: the block that is copied to linear memory. */
  readonly block: Float32Array<ArrayBuffer>;
  /** Grows with every change of the parameters, so that copies can tell whether they are stale. */
  version: number;
  #copy: WeakRef<Pick<Network, 'version' | 'block'>> | undefined;
  /**
   * The number of units in each ReLU layer that were 0 for all rows of the last epoch; empty before the
   * first.
   */
  deadUnits: readonly (number | undefined)[] = [];

  readonly #run: { training: TrainingState | undefined };
  readonly #init: Init;
  readonly #seed: number;
  readonly #floats: number;

  /**
   * @param twin a network of the same layers, to share its parameters and training state; default: new
   * ones.
   */
  constructor(config: Omit<ModelConfig, MachineOption>, twin?: Network) {
    const { layers, encoderDepth, floats } = planLayers(config);
    if (floats * 4 > MAX_BYTES) throw tooLarge('a network of these layers', floats * 4);
    this.#layers = layers;
    this.encoderDepth = encoderDepth;
    this.isTied = config.tied;
    const { categories, columnWeights } = config;
    this.columns = outputColumns(this.inputs, categories, columnWeights);
    this.#init = config.init;
    this.#seed = config.seed;
    this.#floats = floats;
    this.block = twin?.block ?? this.initialBlock();
    this.#run = twin ? twin.#run : { training: undefined };
    this.version = twin?.version ?? 0;
  }

  /** The state from which training continues; undefined before the first epoch. */
  get training(): TrainingState | undefined {
    return this.#run.training;
  }

  set training(state: TrainingState | undefined) {
    this.#run.training = state;
  }

  get layers(): readonly Layer[] {
    return this.#layers;
  }

  /** Sets the activation of the last layer. */
  setOutput(activation: Activation): void {
    this.#layers = this.#layers.map((layer, l) =>
      l === this.#layers.length - 1 ? withActivation(layer, activation) : layer,
    );
    this.version++;
  }

  get inputs(): number {
    return (this.layers[0] as Layer).inputs;
  }

  get codeWidth(): number {
    return (this.layers[this.encoderDepth] as Layer).inputs;
  }

  /** The number of outputs of all layers together. */
  get units(): number {
    return this.layers.reduce((sum, { outputs }) => sum + outputs, 0);
  }

  /** The number of weights and biases, without padding, where tied weights count once. */
  get parameterCount(): number {
    return this.layers.reduce((sum, layer) => sum + this.parametersOf(layer), 0);
  }

  /** The number of a layer's own parameters, not counting tied weights. */
  parametersOf({ inputs, outputs, isTied }: Layer): number {
    return isTied ? outputs : (inputs + 1) * outputs;
  }

  /** Copies of all parameters, or of another block's, under PyTorch's names and shapes, in order. */
  parameters(block = this.block): Record<string, Parameter> {
    const all: Record<string, Parameter> = {};
    for (const layer of this.layers) {
      const { name, inputs, outputs } = layer;
      const weight = new Float32Array(outputs * inputs);
      this.#eachWeight(layer, (here, there) => {
        weight[there] = block[here] as number;
      });
      all[`${name}.weight`] = { data: weight, shape: [outputs, inputs] };
      const bias = block.slice(layer.biases, layer.biases + outputs);
      all[`${name}.bias`] = { data: bias, shape: [outputs] };
    }
    return all;
  }

  /** Sets a layer's weights, (outputs, inputs) in row-major order, and its biases. */
  setLayer(layer: Layer, weight: ArrayLike<number>, bias: ArrayLike<number>): void {
    this.#write(this.block, layer, weight, bias);
    this.version++;
  }

  /** Sets all parameters. `get` returns each by its name, in row-major order and PyTorch's shape. */
  setParameters(get: (name: string) => ArrayLike<number>): void {
    this.#writeAll(this.block, get);
    this.version++;
  }

  /** A new block with the parameters that `get` returns by name. */
  blockOf(get: (name: string) => ArrayLike<number>): Float32Array<ArrayBuffer> {
    const block = new Float32Array(this.#floats);
    this.#writeAll(block, get);
    return block;
  }

  /** A snapshot of the parameters, for code that runs while they may change. Each version is copied once. */
  weights(): Pick<Network, 'version' | 'block'> {
    let copy = this.#copy?.deref();
    if (copy?.version !== this.version) {
      copy = { version: this.version, block: this.block.slice() };
      this.#copy = new WeakRef(copy);
    }
    return copy;
  }

  /** Overwrites the whole block of parameters. */
  replace(block: Float32Array): void {
    this.block.set(block);
    this.version++;
  }

  /** Visits each weight, with its index in the block and in PyTorch's (outputs, inputs) layout. */
  #eachWeight(layer: Layer, visit: (here: number, there: number) => void): void {
    const { inputs, outputs, rowsAreInputs, stride, weights } = layer;
    for (let o = 0; o < outputs; o++) {
      for (let i = 0; i < inputs; i++) {
        visit(weights + (rowsAreInputs ? i * stride + o : o * stride + i), o * inputs + i);
      }
    }
  }

  #writeAll(block: Float32Array, get: (name: string) => ArrayLike<number>): void {
    for (const layer of this.layers) {
      const { name } = layer;
      this.#write(block, layer, get(`${name}.weight`), get(`${name}.bias`));
    }
  }

  #write(
    block: Float32Array,
    layer: Layer,
    weight: ArrayLike<number> | undefined,
    bias: ArrayLike<number>,
  ): void {
    this.#eachWeight(layer, (here, there) => {
      if (weight) block[here] = weight[there] as number;
    });
    block.set(bias, layer.biases);
  }

  /** A new block with the initial parameters, drawn from the seed. */
  initialBlock(): Float32Array<ArrayBuffer> {
    const block = new Float32Array(this.#floats);
    const random = new Random(this.#seed, Stream.initialisation);
    const init = this.#init;
    for (const layer of this.layers) {
      const { inputs, outputs } = layer;
      let bound = 1 / Math.sqrt(inputs);
      if (init === 'he') bound = Math.sqrt(6 / inputs);
      if (init === 'glorot') bound = Math.sqrt(6 / (inputs + outputs));
      const weight = layer.isTied
        ? undefined
        : new Float32Array(inputs * outputs).map(() => random.signed() * bound);
      const bias = new Float32Array(outputs);
      if (init === 'pytorch') for (let i = 0; i < outputs; i++) bias[i] = random.signed() * bound;
      this.#write(block, layer, weight, bias);
    }
    return block;
  }
}

/** All widths from the input through the code to the output; empty if the input width is not known yet. */
export function widthsOf({
  layers,
  decoderLayers = layers.slice(1, -1).reverse(),
}: Pick<ModelConfig, 'layers' | 'decoderLayers'>): number[] {
  return layers.length === 0 ? [] : [...layers, ...decoderLayers, layers[0] as number];
}

/** The layers of a model, the number of encoder layers, and the size of the parameter block. */
export function planLayers(config: Omit<ModelConfig, MachineOption | 'init' | 'seed'>): {
  layers: Layer[];
  encoderDepth: number;
  floats: number;
} {
  const depth = Math.max(0, config.layers.length - 1);
  const widths = widthsOf(config);
  const last = widths.length - 2;
  const layers: Layer[] = [];
  let floats = 0;
  for (let i = 0; i <= last; i++) {
    const inputs = widths[i] as number;
    const outputs = widths[i + 1] as number;
    let activation = config.activation;
    if (i === depth - 1) activation = config.codeActivation;
    if (i === last) activation = config.outputActivation ?? 'sigmoid';
    const mirrored = layers[last - i];
    const isTied = config.tied && mirrored !== undefined;
    const rowsAreInputs = isTied
      ? !mirrored.rowsAreInputs
      : i === 0 || (i < last && inputs >= outputs);
    const rows = rowsAreInputs ? inputs : outputs;
    const columns = rowsAreInputs ? outputs : inputs;
    const stride = strideOf(columns);
    const weights = isTied ? mirrored.weights : floats;
    const biases = floats + (isTied ? 0 : round16(rows * stride));
    floats = biases + round16(outputs);
    layers.push({
      name: i < depth ? `encoder.${i}` : `decoder.${i - depth}`,
      inputs,
      outputs,
      activation,
      rowsAreInputs,
      rows,
      columns,
      stride,
      isTied,
      weights,
      biases,
    });
  }
  return { layers, encoderDepth: depth, floats };
}

function withActivation(layer: Layer, activation: Activation): Layer {
  return { ...layer, activation };
}
