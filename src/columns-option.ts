// The option `columns`: what the inputs are called, and where they were in their table.

import { integer, record, show } from './options.js';

/** Which columns of a table the inputs of a model are; see {@link AutoencoderOptions.columns}. */
export interface ColumnsOption {
  /** What they are called, each another name. */
  names?: readonly string[];
  /** Their numbers in the table that they were chosen from, from 1. */
  numbers?: readonly number[];
  /** How many columns that table had. */
  of?: number;
}

/** All names together; a file of a model keeps them in its header. */
const MOST_CHARACTERS = 2 ** 18;
const MOST_COLUMNS = 2 ** 24;
const MOST_NUMBERS = 2 ** 17;

/** `columns`, checked, as a copy in a fixed order; `width` is the input's, where it is known. */
export function checkColumns(value: unknown, width: number | undefined): ColumnsOption | undefined {
  if (value === undefined) return undefined;
  const given = record('columns', value, ['names', 'numbers', 'of']);
  const names = list('columns.names', given.names, width)?.map(checkName);
  const numbers = list('columns.numbers', given.numbers, width)?.map((number, i) =>
    integer(`columns.numbers[${i}]`, number, 1, MOST_COLUMNS),
  );
  if (names) requireUnique('columns.names', names);
  if (numbers) requireUnique('columns.numbers', numbers);
  if (numbers && numbers.length > MOST_NUMBERS) {
    throw new RangeError(`columns.numbers may have ${MOST_NUMBERS} numbers, got ${numbers.length}`);
  }
  if (names && numbers && names.length !== numbers.length) {
    throw new RangeError(
      `columns.names and columns.numbers must be equally many, got ${names.length} and ${numbers.length}`,
    );
  }
  const characters = names?.reduce((sum, name) => sum + name.length, 0) ?? 0;
  if (characters > MOST_CHARACTERS) {
    throw new RangeError(
      `columns.names may have ${MOST_CHARACTERS} characters together, got ${characters}`,
    );
  }
  const least = numbers?.reduce((most, number) => Math.max(most, number), 1) ?? 1;
  const of =
    given.of === undefined ? undefined : integer('columns.of', given.of, least, MOST_COLUMNS);
  return {
    ...(names && { names: Object.freeze(names) }),
    ...(numbers && { numbers: Object.freeze(numbers) }),
    ...(of !== undefined && { of }),
  };
}

function list(name: string, value: unknown, width: number | undefined): unknown[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw new TypeError(`${name} must be an array, got ${show(value)}`);
  if (width !== undefined && value.length !== width) {
    throw new RangeError(`${name} must have one for each of ${width} inputs, got ${value.length}`);
  }
  return Array.from(value);
}

function checkName(name: unknown, i: number): string {
  if (typeof name === 'string') return name;
  throw new TypeError(`columns.names[${i}] must be a string, got ${show(name)}`);
}

function requireUnique(name: string, values: readonly (string | number)[]): void {
  if (new Set(values).size === values.length) return;
  const seen = new Set<string | number>();
  const twice = values.find((value) => seen.has(value) || !seen.add(value));
  throw new RangeError(`${name} must differ, and ${show(twice)} is there twice`);
}
