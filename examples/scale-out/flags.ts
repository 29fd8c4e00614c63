// Flags, and what is read by them.

import { parseArgs } from 'node:util';
import type { FileRoute, FileTask } from 'autoencoder-wasm/data';
import { UsageError } from './words.js';

/** One without a `value` is on or off. */
export interface Flag {
  name: string;
  short?: string;
  /** What its value is called in the help. */
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
/** Those that can be written. */
export const WRITTEN = [...['csv', 'tsv', 'jsonl', 'npy']] as readonly NonNullable<
  FileRoute['outputFormat']
>[];

/** How a file is read: what does not change from file to file. */
export type Read = Omit<FileRoute, 'from' | 'to' | 'keep' | 'outputFormat'>;

/** The flags of {@link readOptions}, as `autoencoder-wasm encode` has them. */
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

/** A flag's text, where it is given. */
export function text({ flags }: Arguments, name: string): string | undefined {
  const value = flags[name];
  return typeof value === 'string' ? value : undefined;
}

/** A flag's value among those that it may have. */
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

/** A flag's number: an integer from 1 to 3600. */
export function integer(args: Arguments, name: string): number | undefined {
  const value = text(args, name);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (Number.isInteger(number) && number >= 1 && number <= 3600) return number;
  throw new UsageError(`--${name} must be an integer from 1 to 3600, got '${value}'`);
}

/** What the flags say of how files are read. */
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
