// Parses flags about a table's columns.

import { quoted } from '../../base/printable.js';
import { closest } from '../../model/checks.js';
import { UsageError } from '../errors.js';
import { listedColumns } from './column-list.js';

const TYPES = ['number', 'category', 'boolean', 'date', 'ignore'] as const;
type ColumnType = (typeof TYPES)[number];

/**
 * Types by column name: those in `--type`, such as `zip=category,42=ignore`, and `ignore` for all columns
 * that `--columns` leaves out.
 */
export function columnTypes(
  file: string,
  names: readonly string[],
  { type, columns }: { type: string | undefined; columns: string | undefined },
): Record<string, ColumnType> {
  const types = new Map<string, ColumnType>();
  if (columns !== undefined) {
    const chosen = new Set(listedColumns(file, columns, names, names.length));
    for (const [i, name] of names.entries()) if (!chosen.has(i)) types.set(name, 'ignore');
  }
  for (const part of type?.split(',') ?? []) {
    const at = part.lastIndexOf('=');
    const word = part.slice(at + 1).trim();
    if (at < 0) {
      throw new UsageError(
        `--type must be columns and types, as in zip=category, got ${quoted(part)}`,
      );
    }
    if (!(TYPES as readonly string[]).includes(word)) {
      throw new UsageError(
        `--type: a column is one of ${TYPES.join(', ')}, got ${quoted(word)}; did you mean ${closest(word, TYPES)}?`,
      );
    }
    for (const index of listedColumns(file, part.slice(0, at), names, names.length, '--type')) {
      types.set(names[index] as string, word as ColumnType);
    }
  }
  return Object.fromEntries(types);
}
