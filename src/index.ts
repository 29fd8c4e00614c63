export { Autoencoder } from './autoencoder.js';
export { DivergenceError } from './errors.js';
export type {
  BatchRecord,
  EarlyStopping,
  EpochRecord,
  FitOptions,
  History,
  Loss,
  Schedule,
  ScheduleOptions,
} from './fit-options.js';
export { type FlatArray, Matrix, type MatrixInput } from './matrix.js';
export type { LoadOptions, ModelOptions } from './model-file.js';
export type { Parameter } from './network.js';
export type { Activation, AutoencoderOptions, Init } from './options.js';
