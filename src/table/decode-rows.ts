// Converts the network's output back to rows of a table: numbers in their units, known values, dates.

import type { CategoryColumn, DateColumn, NumberColumn, Place } from './columns.js';
import { DAY, partsOf, writeDate } from './dates.js';
import { dateCells } from './encode-rows.js';
import type { TableCell } from './rows.js';
import { unscaled } from './transforms.js';

/** Reads the value of a column from a row of the network's output, (width). */
export type CellReader = (row: Float32Array) => TableCell;

export function cellReader({ column, start, size }: Place): CellReader {
  switch (column.type) {
    case 'number':
      return (row) => numberFrom(column, row[start] as number);
    case 'date':
      return (row) => writeDate(timeFrom(column, row.subarray(start, start + size)), column.style);
    default:
      return (row) => valueFrom(column, row.subarray(start, start + size));
  }
}

/** A number in its units; as text, with seven digits, which is the precision of float32. */
function numberFrom(column: NumberColumn, z: number): number | string {
  const value = unscaled(z, column);
  return column.text ? String(Number(value.toPrecision(7))) : value;
}

/** The most likely value. The cell that rare values share stands for none. */
function valueFrom({ values }: CategoryColumn, probabilities: Float32Array): TableCell {
  let best = 0;
  for (let i = 1; i < values.length; i++) {
    if ((probabilities[i] as number) > (probabilities[best] as number)) best = i;
  }
  return values[best];
}

/**
 * The time whose own cells are nearest to these: the hour from its circle alone, then the day from weekday,
 * month and trend together, among the days within half a year of the trend's.
 */
function timeFrom(column: DateColumn, cells: Float32Array): number {
  const { parts, offset, factor, days } = column;
  const trend = (cells[0] as number) * factor + offset;
  const at = (part: string): [number, number] => {
    const before = parts.slice(0, parts.indexOf(part as 'hour'));
    const cell = before.reduce((sum, name) => sum + (name === 'trend' ? 1 : 2), 0);
    return [cells[cell] as number, cells[cell + 1] as number];
  };
  const hour = parts.includes('hour') ? shareAt(at('hour')) : undefined;
  if (!parts.includes('weekday') && !parts.includes('month')) {
    if (hour === undefined) return days ? Math.round(trend / DAY) * DAY : trend;
    return Math.round(trend / DAY - hour) * DAY + hour * DAY;
  }
  const share = hour ?? (days ? 0 : partsOf(trend).hour);
  const nearest = Math.round(trend / DAY - share);
  const reach = parts.includes('month') ? 183 : 3;
  let [best, least] = [nearest, Infinity];
  for (let day = nearest - reach; day <= nearest + reach; day++) {
    const own = dateCells(column, day * DAY);
    let distance = 0;
    let cell = 0;
    for (const part of parts) {
      const size = part === 'trend' ? 1 : 2;
      for (let end = cell + size; cell < end; cell++) {
        if (part !== 'hour') distance += ((own[cell] as number) - (cells[cell] as number)) ** 2;
      }
    }
    if (distance < least) [best, least] = [day, distance];
  }
  return (best + share) * DAY;
}

/** The fraction of a turn that is nearest to a point, to the precision of a second in a day. */
function shareAt([sine, cosine]: [number, number]): number {
  const turn = Math.atan2(sine, cosine) / (2 * Math.PI);
  const seconds = Math.round((turn < 0 ? turn + 1 : turn) * 86_400) % 86_400;
  return seconds / 86_400;
}
