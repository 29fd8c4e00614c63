// The names of the forms that tables come in, and rows of texts in those that are text.

export type Format = 'csv' | 'tsv' | 'jsonl' | 'npy' | 'npz' | 'idx' | 'parquet';

/** Rows of texts, as a format writes them. */
export interface TextRows {
  /** Cells of rows of the same style can be copied as they stand in a file. */
  style: string;
  cell(text: string): string;
  /** What stands before the first row. */
  head(names: readonly string[] | undefined): string;
  row(texts: readonly string[], names: readonly string[] | undefined): string;
}
