import { DataError, UsageError } from './errors.js';
import { type Arguments, choice, text } from './flags.js';
import { FORMATS } from './format.js';
import { fileName } from './input.js';
import { openRows, type ReadOptions, type RowReader } from './rows.js';

/** What the flags say about the data. */
export function readOptions(
  args: Arguments,
): Omit<ReadOptions, 'missing' | 'columns'> & { columns: string | undefined } {
  const { flags } = args;
  if (flags.header && flags['no-header']) {
    throw new UsageError('--header and --no-header exclude each other');
  }
  const delimiter = text(args, 'delimiter')?.replace('\\t', '\t');
  if (delimiter !== undefined && !/^[^"\r\n.+\-0-9eE]$/.test(delimiter)) {
    throw new UsageError(
      `--delimiter must be one character that no number has, got '${delimiter}'`,
    );
  }
  return {
    format: choice(args, 'format', FORMATS),
    columns: text(args, 'columns'),
    header: flags.header ? true : flags['no-header'] ? false : undefined,
    delimiter,
    array: text(args, 'array'),
  };
}

/** Opens rows that a model is to take; `width` is how many columns it does, and `what` they are. */
export async function openFor(
  path: string,
  options: ReadOptions,
  width: number | undefined,
  what: string,
): Promise<RowReader> {
  const reader = await openRows(path, options);
  if (width === undefined || reader.width === width) return reader;
  await reader.close();
  const columns = `${reader.width} column${reader.width === 1 ? '' : 's'}`;
  const hint =
    reader.width > width
      ? '; choose with --columns'
      : reader.width === 1 && options.delimiter === undefined
        ? '; is --delimiter or --format missing?'
        : '';
  const { columns: chosen } = options;
  const isAsked = (typeof chosen === 'object' ? chosen.spec : chosen) !== undefined;
  throw new DataError(
    fileName(path),
    `${isAsked ? '--columns names' : 'it has'} ${columns}, and ${what} ${width}${hint}`,
  );
}
