// The columns of a table that a model takes: those in --columns, or those that it was trained on.

import { quoted } from '../../base/printable.js';
import type { Autoencoder, ColumnsOption } from '../../index.js';
import { closest } from '../../model/checks.js';
import { DataError, UsageError } from '../errors.js';
import { listedColumns } from './column-list.js';

/** Chooses columns, from each table that is opened with it. */
export class Selection {
  #chosen: ColumnsOption | undefined;
  #kept: readonly number[] = [];
  #names: readonly string[] | undefined;

  constructor(
    /** The value of --columns. */
    readonly spec: string | undefined,
    /** The columns that the model was trained on, if it has them, and the number of its inputs. */
    readonly learned: ColumnsOption | undefined,
    readonly width: number | undefined,
    /** The value of --keep: columns to copy. They are not inputs unless they are chosen, too. */
    readonly keep?: string,
    /** The first of several tables, whose columns were chosen. */
    readonly first?: {
      file: string;
      kept: readonly number[];
      names: readonly string[] | undefined;
    },
  ) {}

  /** The indices of the columns to copy, in the last table. */
  get kept(): readonly number[] {
    return this.#kept;
  }

  /** The selection for a table that follows this one; `width` is the number of columns of the first. */
  after(file: string, width: number): Selection {
    const chosen = this.#chosen;
    const learned = chosen || this.learned ? { ...this.learned, ...chosen } : undefined;
    const first = { file, kept: this.#kept, names: this.#names };
    return new Selection(chosen ? undefined : this.spec, learned, width, this.keep, first);
  }

  /** The last table's chosen columns, for a model to save; undefined for all columns of a table without names. */
  get chosen(): ColumnsOption | undefined {
    return this.#chosen;
  }

  /** The indices of the chosen columns in a table, from 0, in the model's order. */
  choose(file: string, names: readonly string[] | undefined, count: number): number[] {
    this.#kept = this.#copied(file, names, count);
    this.#names = names;
    const indices = this.#indices(file, names, count);
    this.#chosen = describe(indices, names, count);
    return indices;
  }

  /** The indices of the columns in a table without names; all columns if the model has no numbers for them. */
  placed(file: string, count: number): number[] {
    const { numbers, of } = this.learned ?? {};
    if (numbers && count === of) return numbers.map((number) => number - 1);
    return this.#others(this.#copied(file, undefined, count), count);
  }

  /** All columns, except those that are copied if the model does not take that many. */
  #others(kept: readonly number[], count: number): number[] {
    const all = Array.from({ length: count }, (_, index) => index);
    return count === this.width ? all : all.filter((index) => !kept.includes(index));
  }

  #copied(file: string, names: readonly string[] | undefined, count: number): readonly number[] {
    if (this.keep === undefined) return [];
    const { first } = this;
    if (!first) return listedColumns(file, this.keep, names, count, '--keep');
    if (names && first.names)
      return byName(
        file,
        names,
        first.kept.map((index) => first.names?.[index] as string),
        `${first.file} has`,
      );
    if (first.kept.every((index) => index < count)) return first.kept;
    throw new DataError(file, `it has ${count} columns, and --keep names more in ${first.file}`);
  }

  #indices(file: string, names: readonly string[] | undefined, count: number): number[] {
    const asked =
      this.spec === undefined ? undefined : listedColumns(file, this.spec, names, count);
    const others = this.#others(this.#kept, count);
    if (!this.learned) return asked ?? others;
    const learner = this.first ? `${this.first.file} has` : 'the model learned from';
    const known =
      names && this.learned.names ? byName(file, names, this.learned.names, learner) : undefined;
    const { numbers, of } = this.learned;
    const wanted = known ?? (numbers && count === of ? this.placed(file, count) : undefined);
    if (wanted && asked) requireSame(file, asked, wanted, names);
    if (wanted) return wanted;
    // The input may contain the chosen columns only. From any other table, only --columns can choose them.
    if (asked || !numbers || others.length === this.width) return asked ?? others;
    throw new DataError(
      file,
      `it has ${count} columns${names ? '' : ' without names'}, and ${learner} ` +
        `columns ${ranges(numbers)} of ${of}; choose with --columns`,
    );
  }
}

/** The indices of the chosen columns, from 0; all if nothing is specified. */
export function chooseColumns(
  file: string,
  spec: string | Selection | undefined,
  names: readonly string[] | undefined,
  count: number,
): number[] {
  if (typeof spec === 'object') return spec.choose(file, names, count);
  if (spec !== undefined) return listedColumns(file, spec, names, count);
  return Array.from({ length: count }, (_, index) => index);
}

/** The indices of the model's columns in a table with names, in any order. */
function byName(
  file: string,
  names: readonly string[],
  learned: readonly string[],
  learner: string,
): number[] {
  const places = new Map<string, number>();
  const twice = new Set<string>();
  for (const [index, name] of names.entries()) {
    if (places.has(name)) twice.add(name);
    else places.set(name, index);
  }
  return learned.map((name) => {
    const place = places.get(name);
    if (place === undefined) {
      throw new DataError(
        file,
        `it has no column ${quoted(name)}, which ${learner}; ` +
          `the nearest name is ${quoted(closest(name, names))}`,
      );
    }
    if (twice.has(name)) {
      throw new DataError(file, `it has ${quoted(name)}, which ${learner}, twice`);
    }
    return place;
  });
}

function requireSame(
  file: string,
  asked: readonly number[],
  wanted: readonly number[],
  names: readonly string[] | undefined,
): void {
  const other = asked.find((index) => !wanted.includes(index));
  const left = wanted.find((index) => !asked.includes(index));
  if (other === undefined && left === undefined) return;
  const shown = (index: number) =>
    `column ${index + 1}${names ? ` (${quoted(names[index] ?? '')})` : ''}`;
  const difference =
    other !== undefined
      ? `${shown(other)}, which the model did not learn from`
      : `not ${shown(left as number)}, which the model learned from`;
  throw new UsageError(
    `--columns names ${difference}, in ${file}; leave it out: the model knows its columns`,
  );
}

/** The selection for a model. `spec` is the value of --columns, which may only agree with the model's. */
export function selectionFor(
  { options }: Autoencoder,
  spec: string | undefined,
  keep?: string,
): Selection {
  return new Selection(spec, options.columns, options.layers[0], keep);
}

/** The limit of the model's option. A model with more columns does not save them. */
const MOST = 2 ** 17;

function describe(
  indices: readonly number[],
  names: readonly string[] | undefined,
  count: number,
): ColumnsOption | undefined {
  const chosen = names && indices.map((index) => names[index] ?? '');
  const isNamed =
    chosen &&
    new Set(chosen).size === chosen.length &&
    chosen.reduce((sum, name) => sum + name.length, 0) <= MOST;
  const isAll = indices.length === count && indices.every((index, i) => index === i);
  if (!isNamed && (isAll || indices.length > MOST)) return undefined;
  return {
    ...(isNamed && { names: chosen }),
    ...(!isAll && { numbers: indices.map((index) => index + 1), of: count }),
  };
}

/** Numbers as ranges, as in 2-5,7. */
export function ranges(numbers: readonly number[]): string {
  const parts: [number, number][] = [];
  for (const number of numbers) {
    const last = parts.at(-1);
    if (last && number === last[1] + 1) last[1] = number;
    else parts.push([number, number]);
  }
  const shown = parts.slice(0, 5).map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`));
  return `${shown.join()}${parts.length > 5 ? ',...' : ''}`;
}
