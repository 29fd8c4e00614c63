export { Autoencoder } from './autoencoder.js';
export { DivergenceError } from './errors.js';
export { type FlatArray, Matrix, type MatrixInput } from './matrix.js';
export type { LoadOptions, ModelOptions } from './model-file.js';
export type { Parameter } from './network.js';
export type {
  Activation,
  AutoencoderOptions,
  EpochRecord,
  FitOptions,
  History,
  Init,
  Loss,
  Schedule,
} from './options.js';
