// Converts cells of Parquet to JSON values. Uses no Node modules, so that pages can import it.

import type { SchemaElement } from 'hyparquet';

/** Whether a column has dates without a time. */
export function isDay({ logical_type, converted_type }: SchemaElement): boolean {
  return logical_type?.type === 'DATE' || converted_type === 'DATE';
}

/** A cell as a JSON value; a bigint becomes the nearest number. */
export function plain(cell: unknown, isDay: boolean): unknown {
  if (cell === undefined || (typeof cell === 'number' && Number.isNaN(cell))) return null;
  if (typeof cell === 'bigint') return Number(cell);
  if (!(cell instanceof Date) || Number.isNaN(cell.getTime())) return cell;
  return isDay ? cell.toISOString().slice(0, -'T00:00:00.000Z'.length) : cell.toISOString();
}
