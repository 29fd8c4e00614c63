// Flags, and the options that are read from them.

import { parseArgs } from 'node:util';
import type { FileRoute, FileTask } from 'autoencoder-wasm/data';
import { UsageError } from './words.js';

/** A flag without a `value` is on or off. */
export interface Flag {
  name: string;
  short?: string;
  /** The name of its value in the help. */
  value?: string;
  help: string;
}

export interface Arguments {
  flags: Readonly<Record<string, string | boolean | undefined>>;
  operands: readonly string[];
}

export const TASKS = [
  ...['encode', 'decode', 'reconstruct', 'impute', 'score'],
] as readonly FileTask[];
export const FORMATS = [
  ...['csv', 'tsv', 'jsonl', 'npy', 'npz', 'idx', 'parquet'],
] as readonly NonNullable<FileRoute['format']>[];
/** The formats that can be written. */
export const WRITTEN = [...['csv', 'tsv', 'jsonl', 'npy']] as readonly NonNullable<
  FileRoute['outputFormat']
>[];

/** The options for reading a file that are the same for all files. */
export type Read = Omit<FileRoute, 'from' | 'to' | 'keep' | 'outputFormat'>;

/** The flags of {@link readOptions}, the same as those of `autoencoder-wasm encode`. */
export const READ_FLAGS: readonly Flag[] = [
  { name: 'format', value: 'NAME', help: `${FORMATS.join(', ')} (default: by DATA's name)` },
  {
    name: 'columns',
    value: 'LIST',
    help: 'names, numbers from 1, ranges (default: the model knows)',
  },
  { name: 'header', help: 'the first line of CSV has names (default: if there are words in it)' },
  { name: 'no-header', help: 'the first line of CSV is data' },
  { name: 'delimiter', value: 'C', help: 'what is between the cells of CSV (default: as found)' },
  { name: 'array', value: 'NAME', help: 'which array of an NPZ file (default: the only one)' },
];

export function readArguments(args: readonly string[], known: readonly Flag[]): Arguments {
  const options = Object.fromEntries(
    known.map(({ name, short, value }) => [
      name,
      { type: value ? 'string' : 'boolean', ...(short && { short }) } as const,
    ]),
  );
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    return { flags: values as Arguments['flags'], operands: positionals };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** The text of a flag, undefined if it is absent. */
export function text({ flags }: Arguments, name: string): string | undefined {
  const value = flags[name];
  return typeof value === 'string' ? value : undefined;
}

/** The value of a flag, which must be one of these. */
export function choice<T extends string>(
  args: Arguments,
  name: string,
  allowed: readonly T[],
): T | undefined {
  const value = text(args, name);
  const found = allowed.find((one) => one === value);
  if (value === undefined || found !== undefined) return found;
  throw new UsageError(`--${name} must be one of ${allowed.join(', ')}, got '${value}'`);
}

/** The number of a flag: an integer from 1 to 3600. */
export function integer(args: Arguments, name: string): number | undefined {
  const value = text(args, name);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (Number.isInteger(number) && number >= 1 && number <= 3600) return number;
  throw new UsageError(`--${name} must be an integer from 1 to 3600, got '${value}'`);
}

/** The options for reading files, from the flags. */
export function readOptions(args: Arguments): Read {
  const { header, 'no-header': noHeader } = args.flags;
  if (header && noHeader) throw new UsageError('--header and --no-header cannot be combined');
  const delimiter = text(args, 'delimiter')?.replace('\\t', '\t');
  if (delimiter !== undefined && delimiter.length !== 1) {
    throw new UsageError(`--delimiter must be one character, got '${delimiter}'`);
  }
  const [columns, array] = [text(args, 'columns'), text(args, 'array')];
  const format = choice(args, 'format', FORMATS);
  return {
    ...(format && { format }),
    ...(columns !== undefined && { columns }),
    ...((header || noHeader) && { header: header === true }),
    ...(delimiter !== undefined && { delimiter }),
    ...(array !== undefined && { array }),
  };
}
