// The entry point autoencoder-wasm/series: anomaly detection in time series.

export type { Anomaly } from './series/anomalies.js';
export {
  type DetectorMachine,
  SeriesDetector,
  type SeriesFitOptions,
  type SeriesOptions,
  type SeriesScoreOptions,
} from './series/detector.js';
export type { Gaps } from './series/grid.js';
export type { Moment, NamedMoment, Reading, SeriesInput, Time } from './series/moments.js';
export type { PushResult } from './series/push.js';
export { type FlatSeries, type Windows, type WindowsOptions, windows } from './series/windows.js';
