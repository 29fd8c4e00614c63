import { UsageError } from './errors.js';
import { type Arguments, choice, number, text } from './flags.js';
import { FORMAT_NAMES } from './tables/formats.js';
import type { ReadOptions } from './tables/reader.js';

/** What the flags specify about the data. */
export function readOptions(
  args: Arguments,
): Omit<ReadOptions, 'missing' | 'columns'> & { columns: string | undefined } {
  const { flags } = args;
  if (flags.header && flags['no-header']) {
    throw new UsageError('--header and --no-header cannot be combined');
  }
  const delimiter = text(args, 'delimiter')?.replace('\\t', '\t');
  if (delimiter !== undefined && !/^[^"\r\n.+\-0-9eE]$/.test(delimiter)) {
    throw new UsageError(
      `--delimiter must be a single character that cannot be part of a number, got '${delimiter}'`,
    );
  }
  const decimal = text(args, 'decimal');
  if (decimal !== undefined && decimal !== '.' && decimal !== ',') {
    throw new UsageError(`--decimal must be . or a comma, got '${decimal}'`);
  }
  if (decimal === ',' && delimiter === ',') {
    throw new UsageError('--decimal and --delimiter cannot both be a comma');
  }
  const skip = number(args, 'skip');
  if (skip !== undefined && !(Number.isInteger(skip) && skip >= 0 && skip <= 1e9)) {
    throw new UsageError(`--skip must be an integer from 0 to 1000000000, got '${skip}'`);
  }
  return {
    format: choice(args, 'format', FORMAT_NAMES),
    columns: text(args, 'columns'),
    header: flags.header ? true : flags['no-header'] ? false : undefined,
    delimiter,
    decimal,
    thousands: character(args, 'thousands', /^[^\d\r\n+\-eE"%]$/),
    symbols: flags.symbols === true,
    na: text(args, 'na')?.split(','),
    skip,
    comment: character(args, 'comment', /^[!-~]$/),
    array: text(args, 'array'),
  };
}

/** A flag's value, which must be one allowed character. */
function character(args: Arguments, name: string, allowed: RegExp): string | undefined {
  const value = text(args, name);
  if (value === undefined || allowed.test(value)) return value;
  throw new UsageError(
    `--${name} must be a single character that cannot start a number, got '${value}'`,
  );
}
