export type { Detection, FeatureError } from './anomalies/anomalies.js';
export { Autoencoder } from './autoencoder.js';
export { DivergenceError } from './base/errors.js';
export {
  type Cell,
  type FlatArray,
  Matrix,
  type MatrixInput,
  type MatrixJson,
  type Pixels,
  type SparseRows,
} from './data/matrix.js';
export type { RowStream, StreamInput, TrainingInput } from './data/streams.js';
export type { LoadOptions, ModelOptions, SaveOptions } from './files/model-file.js';
export type { EncodeOptions, ResultOptions } from './inference/result-options.js';
export type { Activation } from './model/activations.js';
export type { CategoryOption } from './model/columns.js';
export type { EpochRecord, History } from './model/history.js';
export type { Init, Missing, Optimizer, Scale, Schedule } from './model/kinds.js';
export type { Loss } from './model/losses.js';
export type {
  ExplainOptions,
  Precision,
  StreamOptions,
  ThresholdOptions,
} from './model/method-options.js';
export type { Scaler } from './model/model.js';
export type { Parameter } from './model/network.js';
export type {
  AutoencoderOptions,
  ColumnsOption,
  MachineOption,
} from './model/options.js';
export type {
  BatchRecord,
  Checkpoint,
  EarlyStopping,
  FitOptions,
  Noise,
  OnEpochEnd,
  PartialFitOptions,
  ScheduleOptions,
  Sparsity,
} from './training/fit-types.js';
