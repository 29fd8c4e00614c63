// Parses lists of columns in flags.

import { quoted } from '../../base/printable.js';
import { closest } from '../../model/checks.js';
import { UsageError } from '../errors.js';

/** The indices, from 0, of the columns that a flag lists. */
export function listedColumns(
  file: string,
  spec: string,
  names: readonly string[] | undefined,
  count: number,
  flag = '--columns',
): number[] {
  const chosen = spec.split(',').flatMap((part) => {
    const item = part.trim();
    const named = names?.indexOf(item) ?? -1;
    if (named >= 0) {
      const other = names?.indexOf(item, named + 1) ?? -1;
      if (other < 0) return [named];
      const places = `columns ${named + 1} and ${other + 1}`;
      throw new UsageError(
        `${flag}: ${file} has ${quoted(item)} twice, as ${places}; choose by number`,
      );
    }
    const range = RANGE.exec(item);
    if (!range) throw new UsageError(unknownColumn(file, item, names, flag));
    const from = Number(range[1]);
    const to = Number(range[2] ?? from);
    if (from < 1 || to < from || to > count) {
      throw new UsageError(`${flag}: ${file} has columns 1 to ${count}, got ${quoted(item)}`);
    }
    return Array.from({ length: to - from + 1 }, (_, index) => from - 1 + index);
  });
  const seen = new Set<number>();
  for (const index of chosen) {
    if (seen.has(index)) throw new UsageError(`${flag} names column ${index + 1} twice`);
    seen.add(index);
  }
  return chosen;
}

const RANGE = /^(\d+)(?:-(\d+))?$/;

/** Whether an item of a list is a number or a range, as opposed to a name. */
export function isRange(item: string): boolean {
  return RANGE.test(item.trim());
}

function unknownColumn(
  file: string,
  item: string,
  names: readonly string[] | undefined,
  flag: string,
): string {
  const problem = `${flag}: ${file} has no column ${quoted(item)}`;
  if (!names) return `${problem}; it has no names, only numbers from 1`;
  return `${problem}; did you mean ${quoted(closest(item, names))}?`;
}
