// The columns at a network's output: numbers, and categories, which take several outputs each.

import { fault, integer, record, wrong } from './checks.js';

/** Adjacent columns that encode one category; see {@link AutoencoderOptions.categories}. */
export interface CategoryOption {
  /** The first of its columns, from 0. */
  readonly start: number;
  /** The number of values, one column each: at least 2. */
  readonly size: number;
}

/** A number or a category, with one error and one weight. */
export interface OutputColumn extends CategoryOption {
  readonly isCategory: boolean;
  /** The weight, scaled so that all columns' weights have the mean 1. */
  readonly weight: number;
}

/** The limit for a model's file, whose header has all columns. */
const MOST = 2 ** 16;

/** Checks and copies `categories`; `width` is the input width, if known. */
export function checkCategories(
  value: unknown,
  width: number | undefined,
): readonly CategoryOption[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) {
    throw wrong(TypeError, 'categories', 'an array of { start, size }', value);
  }
  if (value.length > MOST) {
    throw wrong(RangeError, 'categories', `at most ${MOST} categories`, value);
  }
  let end = 0;
  const categories = Array.from(value, (each: unknown, i) => {
    const name = `categories[${i}]`;
    const given = record(name, each, ['start', 'size']);
    const start = integer(`${name}.start`, given.start, 0, 2 ** 24);
    const size = integer(`${name}.size`, given.size, 2, 2 ** 24);
    if (start < end) {
      const message = `categories must be in the order of their columns and not overlap, got ${name} from column ${start} on, where the one before ends at ${end}`;
      throw fault(RangeError, `${name}.start`, start, message);
    }
    end = start + size;
    if (width !== undefined && end > width) {
      const message = `${name} must end within the ${width} inputs, got columns ${start} to ${end - 1}`;
      throw fault(RangeError, name, each, message);
    }
    return Object.freeze({ start, size });
  });
  return Object.freeze(categories);
}

/** Checks and copies `columnWeights`; `columns` is the number of columns, if known. */
export function checkColumnWeights(
  value: unknown,
  columns: number | undefined,
): readonly number[] | undefined {
  if (value === undefined) return undefined;
  const expected = 'an array of numbers, one a column or category';
  if (!Array.isArray(value)) throw wrong(TypeError, 'columnWeights', expected, value);
  if (value.length > MOST) {
    throw wrong(RangeError, 'columnWeights', `at most ${MOST} numbers`, value);
  }
  if (columns !== undefined && value.length !== columns) {
    const message = `columnWeights must be ${expected}, ${columns}, got ${value.length}`;
    throw fault(RangeError, 'columnWeights', value, message);
  }
  const weights = Array.from(value, (weight: unknown, i) => {
    const name = `columnWeights[${i}]`;
    if (typeof weight !== 'number') throw wrong(TypeError, name, 'a number', weight);
    if (weight >= 0 && weight <= 1e6) return weight;
    throw wrong(RangeError, name, 'a number from 0 to 1,000,000', weight);
  });
  if (weights.some((weight) => weight > 0)) return Object.freeze(weights);
  throw wrong(RangeError, 'columnWeights', 'above 0 for at least one column', value);
}

/** The number of columns that `width` inputs encode. */
export function countColumns(width: number, categories: readonly CategoryOption[] = []): number {
  return categories.reduce((count, { size }) => count - size + 1, width);
}

/** All output columns in order, or undefined if all are numbers of equal weight. */
export function outputColumns(
  width: number,
  categories: readonly CategoryOption[] | undefined,
  columnWeights: readonly number[] | undefined,
): readonly OutputColumn[] | undefined {
  if (!categories?.length && !columnWeights) return undefined;
  const columns: (CategoryOption & { isCategory: boolean })[] = [];
  const numbersTo = (end: number) => {
    const last = columns.at(-1);
    for (let start = last ? last.start + last.size : 0; start < end; start++) {
      columns.push({ start, size: 1, isCategory: false });
    }
  };
  for (const { start, size } of categories ?? []) {
    numbersTo(start);
    columns.push({ start, size, isCategory: true });
  }
  numbersTo(width);
  const sum = columnWeights?.reduce((sum, weight) => sum + weight, 0) ?? 0;
  const factor = columns.length / sum;
  return columns.map((column, i) => ({
    ...column,
    weight: columnWeights ? Math.fround((columnWeights[i] as number) * factor) : 1,
  }));
}
