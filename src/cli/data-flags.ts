import { UsageError } from './errors.js';
import { type Arguments, choice, text } from './flags.js';
import { FORMAT_NAMES } from './tables/formats.js';
import type { ReadOptions } from './tables/reader.js';

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
    format: choice(args, 'format', FORMAT_NAMES),
    columns: text(args, 'columns'),
    header: flags.header ? true : flags['no-header'] ? false : undefined,
    delimiter,
    array: text(args, 'array'),
  };
}
