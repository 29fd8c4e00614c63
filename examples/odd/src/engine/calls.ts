// The messages between the page and its engine, a worker.

import type { ColumnType } from 'autoencoder-wasm/table';

export type { ColumnType };

/** How to read CSV, as in the command line's flags; undefined options are detected. */
export interface ReadingOptions {
  delimiter?: string;
  decimal?: '.' | ',';
  thousands?: string;
  header?: boolean;
  symbols?: boolean;
  na?: string[];
  skip?: number;
}

/** A picture in a folder. */
export interface Picture {
  name: string;
  file: File;
}

export type SampleName = 'penguins' | 'breast-cancer' | 'digits';

export type Source =
  | { kind: 'file'; file: File; options: ReadingOptions }
  | { kind: 'pictures'; pictures: Picture[] }
  | { kind: 'sample'; name: SampleName };

export interface ColumnInfo {
  name: string;
  type: ColumnType;
  /** The type before the visitor changed it. */
  inferred: ColumnType;
  /** A short description of the content, or why the column is left out. */
  about: string;
  /** The values offered for a new row. */
  values: string[];
  missing: number;
  /** The number of cells that do not fit the column's type and count as missing, and the first of them. */
  stray: { count: number; words: string[] };
  examples: string[];
}

export interface TableInfo {
  name: string;
  kind: 'table' | 'pictures';
  rows: number;
  columns: ColumnInfo[];
  /** Remarks for the visitor on how the table was read. */
  notes: string[];
  /** Of pictures: the side in pixels, and the number of values per pixel. */
  side?: number;
  depth?: number;
}

export interface Found {
  /** One score per row. */
  scores: Float32Array;
  /** The row indices, highest score first. */
  order: Uint32Array;
  threshold: number;
  why: string;
  seed: number;
  milliseconds: number;
}

export interface Blame {
  column: string;
  share: number;
  value: string;
  expected: string;
}

export interface CodeMap {
  /** x and y of each row, between 0 and 1. */
  points: Float32Array;
  codeWidth: number;
  how: string;
}

export interface Gap {
  row: number;
  column: string;
  filled: string;
}

export interface Gaps {
  cells: number;
  rows: number;
  first: Gap[];
}

export interface Verdict {
  score: number;
  probability: number;
  blame: Blame[];
}

export interface Progress {
  /** A description of the current work. */
  what: string;
  /** The fraction that is done, 0 to 1. */
  share: number;
}

export type Download = 'scores' | 'codes' | 'completed' | 'detector' | 'model';

export interface SavedFile {
  name: string;
  blob: Blob;
}

/** The calls that the engine answers. */
export interface Calls {
  open(source: Source): TableInfo;
  retype(column: number, type: ColumnType): ColumnInfo;
  find(seed: number): Found;
  map(): CodeMap;
  cells(rows: number[], columns: number[]): string[][];
  explain(rows: number[]): Blame[][];
  lasso(polygon: Float32Array): Uint32Array;
  gaps(): Gaps;
  judge(cells: [column: number, text: string][], like: number | undefined): Verdict;
  thumbnails(rows: number[]): Uint8Array[];
  save(what: Download, threshold: number): SavedFile;
}

export type Method = keyof Calls;

export type Request =
  | { id: number; method: Method; args: unknown[] }
  | { id: number; cancel: true };

export type Answer =
  | { id: number; value: unknown }
  | { id: number; error: string; isCancelled: boolean }
  | { id: number; progress: Progress };
