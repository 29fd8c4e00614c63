// The entry point autoencoder-wasm/table: tables with numbers, categories, dates and missing values.

export type {
  CategoryValue,
  ColumnType,
  DatePart,
  TableColumn,
  Transform,
} from './table/columns.js';
export type { TableFitOptions, TableTraining } from './table/fit-table.js';
export type { ColumnOption, TableOptions } from './table/options.js';
export type { ColumnError } from './table/results.js';
export type { TableBatch, TableCell, TableInput, TableRow } from './table/rows.js';
export { TableAutoencoder } from './table/table-autoencoder.js';
