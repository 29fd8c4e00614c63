// Reads the cells of a table: missing, number, date or boolean.

import { MISSING_WORDS } from '../base/missing-words.js';
import { type DateStyle, parseIso, unitOf } from './dates.js';

/** No two quantifiers may match the same digits, or long cells take quadratic time: they can be megabytes. */
const DECIMAL = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?$/i;
/** The length of the longest word for a missing value. */
const LONGEST_WORD = 4;

/** Whether a cell has no value. */
export function isMissing(cell: unknown): boolean {
  switch (typeof cell) {
    case 'string': {
      if (cell.length > LONGEST_WORD && cell.trim().length > LONGEST_WORD) return false;
      return MISSING_WORDS.has(cell.trim().toLowerCase());
    }
    case 'number':
      return Number.isNaN(cell);
    case 'undefined':
      return true;
    case 'object':
      return cell === null || (cell instanceof Date && Number.isNaN(cell.getTime()));
    default:
      return false;
  }
}

/** The number in a cell that is not missing; undefined if it is not a number. */
export function numberOf(cell: unknown): number | undefined {
  switch (typeof cell) {
    case 'number':
      return cell;
    case 'boolean':
      return Number(cell);
    case 'bigint':
      return Number(cell);
    case 'string': {
      const text = cell.trim();
      if (DECIMAL.test(text)) return Number(text);
      const word = text.toLowerCase();
      if (word === 'true' || word === 'false') return Number(word === 'true');
      return undefined;
    }
    default:
      return undefined;
  }
}

/** The date in a cell that is not missing, as milliseconds since 1970; undefined if it is not a date. */
export function timeOf(cell: unknown, style?: DateStyle): number | undefined {
  if (cell instanceof Date) return cell.getTime();
  if (typeof cell === 'string') {
    const iso = parseIso(cell.trim());
    if (iso) return iso.time;
  }
  const value = typeof cell === 'boolean' ? undefined : numberOf(cell);
  if (value === undefined) return undefined;
  const form = style?.form;
  const unit = form === 'seconds' || form === 'milliseconds' ? form : unitOf(value);
  const time = unit === 'seconds' ? value * 1000 : value;
  return Math.abs(time) <= 8.64e15 ? time : undefined;
}

/** Whether a text means yes or no; undefined if it means neither. */
export function truthOf(cell: unknown): boolean | undefined {
  if (typeof cell === 'boolean') return cell;
  if (cell === 0 || cell === 1) return cell === 1;
  if (typeof cell !== 'string') return undefined;
  const word = cell.trim().toLowerCase();
  if (['true', 'yes', 't', 'y', '1'].includes(word)) return true;
  if (['false', 'no', 'f', 'n', '0'].includes(word)) return false;
  return undefined;
}
