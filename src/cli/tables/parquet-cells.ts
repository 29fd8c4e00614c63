// Cells of Parquet as JSON has them; free of Node's modules, for pages too.

import type { SchemaElement } from 'hyparquet';

/** Whether a column has days without a time. */
export function isDay({ logical_type, converted_type }: SchemaElement): boolean {
  return logical_type?.type === 'DATE' || converted_type === 'DATE';
}

/** A cell as JSON has it; a bigint as the number next to it. */
export function plain(cell: unknown, isDay: boolean): unknown {
  if (cell === undefined || (typeof cell === 'number' && Number.isNaN(cell))) return null;
  if (typeof cell === 'bigint') return Number(cell);
  if (!(cell instanceof Date) || Number.isNaN(cell.getTime())) return cell;
  return isDay ? cell.toISOString().slice(0, -'T00:00:00.000Z'.length) : cell.toISOString();
}
