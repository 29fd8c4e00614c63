// The kinds of arrays that hold rows, and their cells.

import { errorOf, mention, worded } from '../base/wording.js';
import { show } from '../model/checks.js';
import type { FlatArray } from './matrix.js';

const FLAT = [
  ...['Float32Array', 'Float64Array', 'Uint8Array', 'Uint8ClampedArray', 'Int8Array'],
  ...['Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array', 'Float16Array'],
];

// Compares names, because an array from another realm (an iframe, a vm context) is not an instance of this
// realm's classes.
export function isFlat(x: unknown): x is FlatArray {
  return FLAT.includes(tagOf(x));
}

export function isBytes(x: unknown): boolean {
  return ['Uint8Array', 'Uint8ClampedArray'].includes(tagOf(x));
}

/** Whether float32 may lack the precision for it. */
export function isPrecise(x: unknown): boolean {
  return Array.isArray(x) || ['Float64Array', 'Int32Array', 'Uint32Array'].includes(tagOf(x));
}

function tagOf(x: unknown): string {
  return ArrayBuffer.isView(x) ? (x as Uint8Array)[Symbol.toStringTag] : '';
}

/** Advice for input that is nearly right, for an error. */
export function hint(x: unknown): string {
  if (tagOf(x).startsWith('Big')) return ': convert it first, by Float64Array.from(x, Number)';
  const isBuffer = Object.prototype.toString.call(x).endsWith('ArrayBuffer]');
  return isBuffer ? ': give a typed array of it, such as new Float32Array(buffer)' : '';
}

/** A cell of a plain array as a number. */
export function numberOf(cell: unknown, gaps: boolean, where: () => string): number {
  if (typeof cell === 'number') return cell;
  if (typeof cell === 'boolean') return Number(cell);
  const isGap = cell === null || cell === undefined;
  if (isGap && gaps) return Number.NaN;
  const advice = isGap ? " (a missing cell needs a model made with missing: 'mask')" : '';
  throw new TypeError(`${where()} must be a number, got ${show(cell)}${advice}`);
}

/** Rows are read in place, sometimes after the caller has detached or shortened their buffer. */
export function requireLength(name: string, length: number, wanted: number, what = 'values'): void {
  if (length < wanted) throw changed(name, `: it had ${wanted} ${what}, and has ${length}`);
}

export function changed(name: string, how = ''): RangeError {
  return new RangeError(`${name} was changed while it was being read${how}; await the call first`);
}

export function requireRows(name: string, rows: number): void {
  if (rows > 0) return;
  throw errorOf(RangeError, worded`${mention(name)} must have at least one row, got none`);
}
