// The entry point autoencoder-wasm/anomalies: rows unlike the others, found without labels.

export {
  AnomalyDetector,
  type ColumnBlame,
  type DetectorLoadOptions,
} from './anomalies/detector.js';
export type { ColumnDrift, Drift } from './anomalies/drift.js';
export type {
  DetectorFitOptions,
  DetectorOptions,
  DetectorThresholdOptions,
  MemberRecord,
} from './anomalies/options.js';
export type { Threshold, ThresholdMethod } from './anomalies/thresholds.js';
