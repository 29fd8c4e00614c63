// Compares the columns of new rows with those learned, each by the test that suits its type.

import type { Matrix } from '../data/matrix.js';
import type { TableCell } from '../table/rows.js';
import { cellValue, type Part } from './cells.js';
import { BINS, type KnownValues, unscaled } from './columns.js';
import {
  benjaminiHochberg,
  type ColumnDrift,
  chiSquared,
  type Drift,
  ksPValue,
  ksStatistic,
} from './drift.js';
import type { Learned } from './learn.js';
import { quantileOf, sortedFloats } from './quantiles.js';

/** The result of a column's test. */
export type Moved = Omit<ColumnDrift, 'adjusted' | 'drifted'>;

/** Compares a column of scaled rows with the learned one. */
export function movedColumn(learned: Learned, z: Matrix, part: Part): Omit<Moved, 'column'> {
  const { column, start } = part;
  if (column?.type === 'category' || column?.type === 'boolean') {
    return movedWords(learned, z, part);
  }
  // For a date this is the trend, the first of its cells.
  const now = valuesOf(z, start);
  const own = (value: number): TableCell => {
    const number = unscaled(value, start, learned.scale);
    if (column?.type !== 'date') return number;
    return cellValue({ ...column, parts: ['trend'] }, [number]);
  };
  return movedValues(learned.columns[start] as KnownValues, sortedFloats(now), own);
}

/** Compares sorted values with the known ones. */
export function movedValues(
  { values: reference, rows }: KnownValues,
  now: Float32Array | Float64Array,
  own: (value: number) => TableCell,
): Omit<Moved, 'column'> {
  const isKnown = now.length > 0 && rows > 0;
  const statistic = isKnown ? ksStatistic(reference, now, rows) : 0;
  const median = [reference, now].map((sorted) =>
    sorted.length > 0 ? own(quantileOf(sorted, 0.5)) : Number.NaN,
  );
  return {
    statistic,
    pValue: isKnown ? ksPValue(statistic, rows, now.length) : 1,
    median: median as [TableCell, TableCell],
  };
}

/** How often each word occurred in training, and occurs now. */
function movedWords({ histograms, scale }: Learned, z: Matrix, part: Part): Omit<Moved, 'column'> {
  const { start, size } = part;
  const column = part.column as NonNullable<Part['column']>;
  const isOne = (value: number, cell: number) => unscaled(value, cell, scale) > 0.5;
  const learned: number[] = [];
  const now: number[] = [];
  for (let cell = start; cell < start + size; cell++) {
    let count = 0;
    for (let bin = 0; bin < (histograms.sizes[cell] as number); bin++) {
      const at = cell * BINS + bin;
      if (isOne(histograms.values[at] as number, cell)) count += histograms.counts[at] as number;
    }
    learned.push(count);
    now.push(valuesOf(z, cell).filter((value) => isOne(value, cell)).length);
  }
  if (column.type === 'boolean') {
    learned.push((histograms.rows[start] as number) - (learned[0] as number));
    now.push(valuesOf(z, start).length - (now[0] as number));
  }
  const commonest = [learned, now].map((counts) => {
    if (column.type === 'boolean') {
      const [yes, no] = counts as [number, number];
      return yes + no > 0 ? cellValue(column, [yes / (yes + no)]) : undefined;
    }
    return counts.some((count) => count > 0) ? cellValue(column, counts) : undefined;
  });
  return { ...chiSquared(learned, now), median: commonest as [TableCell, TableCell] };
}

function valuesOf({ data, shape: [, width] }: Matrix, j: number): number[] {
  const values: number[] = [];
  for (let i = j; i < data.length; i += width) {
    const value = data[i] as number;
    if (!Number.isNaN(value)) values.push(value);
  }
  return values;
}

/** All tests, the last of which is that of the score, with the false discovery rate held at `alpha`. */
export function judged(tests: readonly Moved[], alpha: number): Drift {
  const adjusted = benjaminiHochberg(tests.map(({ pValue }) => pValue));
  const all = tests.map((each, i) => ({
    ...each,
    adjusted: adjusted[i] as number,
    drifted: (adjusted[i] as number) < alpha,
  }));
  const score = all.pop() as ColumnDrift;
  all.sort((a, b) => a.pValue - b.pValue || b.statistic - a.statistic);
  return { drifted: score.drifted || all.some((each) => each.drifted), columns: all, score };
}
