// What is done to rows, where they come from and go to.

import type { Precision } from '../index.js';
import type { Format } from './tables/format.js';
import type { ReadOptions } from './tables/reader.js';

export const TASKS = ['encode', 'decode', 'reconstruct', 'impute', 'score'] as const;
export type Task = (typeof TASKS)[number];

/** Where rows come from and go to; `-` is standard input or output. */
export interface Route {
  from: string;
  read: Omit<ReadOptions, 'missing' | 'columns'> & { columns?: string | undefined };
  /** Columns to copy, by names and numbers. */
  keep?: string | undefined;
  to: string;
  /** Default: CSV, and of what `impute` writes the format of the rows it reads. */
  format?: Format | undefined;
  /** Of `encode`: what products are done in. Default `'float32'`. */
  precision?: Precision | undefined;
}
