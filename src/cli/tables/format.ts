// The names of the table formats, and how text formats write rows of text.

export type Format = 'csv' | 'tsv' | 'jsonl' | 'npy' | 'npz' | 'idx' | 'parquet';

/** How a format writes rows of text. */
export interface TextRows {
  /** Rows of the same style can be copied from one file to another without change. */
  style: string;
  cell(text: string): string;
  /** The text before the first row. */
  head(names: readonly string[] | undefined): string;
  row(texts: readonly string[], names: readonly string[] | undefined): string;
}
