// The entry point autoencoder-wasm/anomalies: unsupervised anomaly detection in rows and tables.

export {
  AnomalyDetector,
  type ColumnBlame,
  type DetectorInput,
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
export type {
  CategoryValue,
  ColumnType,
  DatePart,
  TableColumn,
  Transform,
} from './table/columns.js';
export type { TableBatch, TableCell, TableRow } from './table/rows.js';
