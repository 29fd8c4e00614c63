// What the page and its engine, a worker, say to each other.

import type { ColumnType } from 'autoencoder-wasm/table';

export type { ColumnType };

/** How CSV is read, as the command line's flags have it; what is undefined is found out. */
export interface ReadingOptions {
  delimiter?: string;
  decimal?: '.' | ',';
  thousands?: string;
  header?: boolean;
  symbols?: boolean;
  na?: string[];
  skip?: number;
}

/** A picture among the files of a folder. */
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
  /** What it was before anybody changed it. */
  inferred: ColumnType;
  /** What it holds, in a few words; of one that is left out, why. */
  about: string;
  /** Values that are offered for a new row. */
  values: string[];
  missing: number;
  /** Cells that the column's type cannot take, which count as missing, and the first of them. */
  stray: { count: number; words: string[] };
  examples: string[];
}

export interface TableInfo {
  name: string;
  kind: 'table' | 'pictures';
  rows: number;
  columns: ColumnInfo[];
  /** What the visitor should know of how it was read. */
  notes: string[];
  /** Pictures: pixels of a side, and numbers of a pixel. */
  side?: number;
  depth?: number;
}

export interface Found {
  /** By row. */
  scores: Float32Array;
  /** Rows, the oddest first. */
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
  /** What is being done. */
  what: string;
  /** 0 to 1. */
  share: number;
}

export type Download = 'scores' | 'codes' | 'completed' | 'detector' | 'model';

export interface SavedFile {
  name: string;
  blob: Blob;
}

/** What the engine can be asked. */
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
