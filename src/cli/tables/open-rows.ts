// Opens a table for reading.

import { DataError, UsageError } from '../errors.js';
import { openInput } from '../input.js';
import { FORMAT_NAMES, FORMATS, guessFormat, sniffFormat } from './formats.js';
import type { ReadOptions, RowReader } from './reader.js';

/** Opens a file, or standard input for `-`, as rows of numbers. */
export async function openRows(path: string, options: ReadOptions): Promise<RowReader> {
  const input = await openInput(path);
  try {
    const head = await input.peek(8);
    if (head.length === 0) throw new DataError(input.name, 'it is empty');
    const format = options.format ?? guessFormat(path) ?? sniffFormat(head);
    if (!Object.hasOwn(FORMATS, format)) {
      throw new UsageError(`--format must be one of ${FORMAT_NAMES.join(', ')}`);
    }
    return await FORMATS[format].read(input, options);
  } catch (error) {
    await input.close();
    throw error;
  }
}
