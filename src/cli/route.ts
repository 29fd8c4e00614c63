// What a command does to rows, and their input and output.

import type { Precision } from '../index.js';
import type { Format } from './tables/format.js';
import type { ReadOptions } from './tables/reader.js';

export const TASKS = ['encode', 'decode', 'reconstruct', 'impute', 'score'] as const;
export type Task = (typeof TASKS)[number];

/** The input and output of rows; `-` is standard input or output. */
export interface Route {
  from: string;
  read: Omit<ReadOptions, 'missing' | 'columns'> & { columns?: string | undefined };
  /** Columns to copy, in the syntax of --columns. */
  keep?: string | undefined;
  to: string;
  /** Default: CSV; of `impute`, the format of the input. */
  format?: Format | undefined;
  /** Only for `encode`: the precision of its products. Default `'float32'`. */
  precision?: Precision | undefined;
}
