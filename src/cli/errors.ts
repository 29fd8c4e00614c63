import { printable } from '../base/printable.js';

/** An error in the command line itself: exit code 2. */
export class UsageError extends Error {}

/** A place in the data. Lines, rows and columns count from 1. */
export interface Place {
  /** The file, if there are several. */
  file?: string;
  line?: number | undefined;
  row?: number | undefined;
  column?: number | undefined;
  /** The name of the column. */
  name?: string | undefined;
}

/** The maximum length of a path. */
const MAX_PATH = 4096;

/** Data that cannot be read or written, and the place in it: exit code 1. */
export class DataError extends Error {
  override readonly name = 'DataError';

  constructor(
    readonly file: string,
    readonly problem: string,
    readonly place: Place = {},
    /** The file system's error, if that is the cause rather than the data. */
    options?: { cause: unknown },
  ) {
    const { line, row, column, name } = place;
    const parts = [
      printable(file, MAX_PATH),
      ...(line === undefined ? [] : [`line ${line}`]),
      ...(row === undefined ? [] : [`row ${row}`]),
      ...(column === undefined ? [] : [`column ${column}${name ? ` (${printable(name)})` : ''}`]),
    ];
    super(`${parts.join(', ')}: ${problem}`, options);
  }
}

/** The error for a failure of the file system, in a few words. */
export function fileError(file: string, error: unknown): DataError {
  const { code, message } = error as NodeJS.ErrnoException;
  const known: Record<string, string> = {
    ENOENT: 'no such file or folder',
    EISDIR: 'it is a folder, not a file',
    ELOOP: 'its links form a loop',
    ENOTDIR: 'a part of its path is a file, not a folder',
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    EROFS: 'the file system is read-only',
    ENOSPC: 'the disk is full',
  };
  return new DataError(file, known[code ?? ''] ?? message, {}, { cause: error });
}
