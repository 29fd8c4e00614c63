// Flags that several commands have.

import type { Flag } from './flags.js';
import { flagOf } from './option-flags.js';
import { FORMAT_NAMES } from './tables/formats.js';

export const DATA_FLAGS: Flag[] = [
  {
    name: 'format',
    value: 'NAME',
    choices: FORMAT_NAMES,
    help: `${FORMAT_NAMES.join(', ')} (default: by DATA's name, or its first bytes)`,
  },
  {
    name: 'columns',
    value: 'LIST',
    help: "names, numbers from 1, ranges, as in 2-31 or age,height (default: the model's, or all)",
  },
  {
    name: 'header',
    help: 'the first line of CSV has names (default: if the chosen columns have words there)',
  },
  { name: 'no-header', help: 'the first line of CSV is data' },
  {
    name: 'delimiter',
    value: 'C',
    help: 'what is between the cells of CSV (default: comma, semicolon, tab or |, as found)',
  },
  {
    name: 'decimal',
    value: 'C',
    help: 'what is before the decimals of CSV: . or , (default: as found)',
  },
  { name: 'thousands', value: 'C', help: 'what is between groups of three digits, as in 1,234' },
  { name: 'symbols', help: 'numbers may have %, $, € and the like beside them: 12 % is 0.12' },
  { name: 'na', value: 'WORDS', help: 'more words for missing cells, with commas between' },
  { name: 'skip', value: 'N', help: 'leave out so many lines of CSV in front' },
  {
    name: 'comment',
    value: 'C',
    help: 'leave out lines of CSV that begin so (default: # in front of all others)',
  },
  { name: 'array', value: 'NAME', help: 'which array of an NPZ file (default: the only one)' },
];

export const COMMON: Flag[] = [
  { name: 'json', help: 'results on standard output, and errors, as JSON' },
  { name: 'quiet', short: 'q', help: 'nothing but results and errors' },
  { name: 'help', short: 'h', help: 'this text' },
];

export const KEEP: Flag = {
  name: 'keep',
  value: 'LIST',
  help: 'columns of DATA to copy, in front, as in id or 1,3; they are no input unless chosen',
};

export const THREADS: Flag = flagOf(
  'model',
  'threads',
  "the most threads to use (default: the machine's)",
);
export const FAST: Flag = flagOf(
  'model',
  'fastMath',
  'relaxed SIMD where the engine has it; results may differ in the last bits',
);

/** The model that is applied to data, and on what. */
export const MODEL_FLAGS: Flag[] = [
  {
    name: 'model',
    short: 'm',
    value: 'FILE',
    help: 'the model, from train -o (needed)',
  },
  THREADS,
  FAST,
];
