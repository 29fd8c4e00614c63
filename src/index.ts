export type { Activation } from './activations.js';
export type { Detection, FeatureError } from './anomalies.js';
export { Autoencoder } from './autoencoder.js';
export { DivergenceError } from './errors.js';
export type {
  BatchRecord,
  Checkpoint,
  EarlyStopping,
  FitOptions,
  Noise,
  OnEpochEnd,
  Optimizer,
  PartialFitOptions,
  Schedule,
  ScheduleOptions,
  Sparsity,
} from './fit-options.js';
export type { EpochRecord, History } from './history.js';
export type { Loss } from './losses.js';
export {
  type Cell,
  type FlatArray,
  Matrix,
  type MatrixInput,
  type MatrixJson,
  type Pixels,
} from './matrix.js';
export type {
  ExplainOptions,
  StreamOptions,
  ThresholdOptions,
} from './method-options.js';
export type { LoadOptions, ModelOptions, SaveOptions } from './model-file.js';
export type { Parameter } from './network.js';
export type {
  AutoencoderOptions,
  ColumnsOption,
  Init,
  MachineOption,
  Missing,
  Scale,
} from './options.js';
export type { Scaler } from './scaler.js';
export type { RowStream, StreamInput, TrainingInput } from './streams.js';
