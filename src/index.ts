export type { FeatureError } from './anomalies.js';
export { Autoencoder } from './autoencoder.js';
export { DivergenceError } from './errors.js';
export type {
  BatchRecord,
  EarlyStopping,
  EpochRecord,
  FitOptions,
  History,
  Loss,
  Noise,
  Optimizer,
  PartialFitOptions,
  Schedule,
  ScheduleOptions,
  Sparsity,
} from './fit-options.js';
export { type FlatArray, Matrix, type MatrixInput } from './matrix.js';
export type {
  ExplainOptions,
  StreamOptions,
  ThresholdOptions,
} from './method-options.js';
export type { LoadOptions, ModelOptions } from './model-file.js';
export type { Parameter } from './network.js';
export type { Activation, AutoencoderOptions, Init, Missing, Scale } from './options.js';
export type { Scaler } from './scaler.js';
export type { TrainingInput } from './stream-training.js';
export type { RowStream, StreamInput } from './streams.js';
