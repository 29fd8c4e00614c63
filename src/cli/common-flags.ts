// Flags that several commands have.

import type { Flag } from './flags.js';
import { flagOf } from './option-flags.js';
import { FORMAT_NAMES } from './tables/formats.js';

export const DATA_FLAGS: Flag[] = [
  {
    name: 'format',
    value: 'NAME',
    choices: FORMAT_NAMES,
    help: `${FORMAT_NAMES.join(', ')} (default: detected from DATA's name or first bytes)`,
  },
  {
    name: 'columns',
    value: 'LIST',
    help: "columns by name, number (from 1) or range: 2-31 or age,height (default: the model's, or all)",
  },
  {
    name: 'header',
    help: 'the first line of CSV contains names (default: if it has words in the chosen columns)',
  },
  { name: 'no-header', help: 'the first line of CSV contains data' },
  {
    name: 'delimiter',
    value: 'C',
    help: 'delimiter of CSV (default: comma, semicolon, tab or |, as detected)',
  },
  {
    name: 'decimal',
    value: 'C',
    help: 'decimal separator of CSV: . or , (default: as detected)',
  },
  { name: 'thousands', value: 'C', help: 'thousands separator, as in 1,234' },
  { name: 'symbols', help: 'numbers may carry %, $, € and similar symbols; 12 % is 0.12' },
  {
    name: 'na',
    value: 'WORDS',
    help: 'additional words that mark missing cells, separated by commas',
  },
  { name: 'skip', value: 'N', help: 'skip the first N lines of CSV' },
  {
    name: 'comment',
    value: 'C',
    help: 'skip lines of CSV that start with C (default: # lines before all others)',
  },
  {
    name: 'array',
    value: 'NAME',
    help: 'the array of an NPZ file to read (default: the only one)',
  },
];

export const COMMON: Flag[] = [
  { name: 'json', help: 'print results and errors as JSON' },
  { name: 'quiet', short: 'q', help: 'print only results and errors' },
  { name: 'help', short: 'h', help: 'show this help' },
];

export const KEEP: Flag = {
  name: 'keep',
  value: 'LIST',
  help: 'columns of DATA to copy to the front of the output: id or 1,3 (not used as input unless selected)',
};

export const THREADS: Flag = flagOf(
  'model',
  'threads',
  'maximum number of threads (default: all cores)',
);
export const FAST: Flag = flagOf(
  'model',
  'fastMath',
  'use relaxed SIMD if available; results may differ between machines in the last bits',
);

/** The flags of commands that apply a model to data. */
export const MODEL_FLAGS: Flag[] = [
  {
    name: 'model',
    short: 'm',
    value: 'FILE',
    help: 'model file, from train -o (required)',
  },
  THREADS,
  FAST,
];
