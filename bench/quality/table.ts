// Formats the rows as text: aligned for the terminal, and as bench/QUALITY.md.

import { type Bar, type Format, mean, percent, type Row } from './row.js';

const TITLES = ['what', 'mean', 'seeds', 'bar', 'met', 'aim', 'beside'];

const FORMATS: Readonly<Record<Format, (value: number) => string>> = {
  five: (value) => value.toFixed(5),
  four: (value) => value.toFixed(4),
  percent,
  whole: (value) => value.toFixed(0),
};

/** Whether the mean meets the bar. */
export function isMet(values: readonly number[], { sense, value }: Bar): boolean {
  const figure = mean(values);
  if (sense === 'at most') return figure <= value;
  if (sense === 'at least') return figure >= value;
  return sense === 'below' ? figure < value : figure > value;
}

function cells({ what, values, bar, aim, beside, format = 'five' }: Row): string[] {
  const write = FORMATS[format];
  return [
    what,
    write(mean(values)),
    values.map(write).join(', '),
    `${bar.sense} ${write(bar.value)}`,
    isMet(values, bar) ? 'yes' : '**no**',
    aim === undefined ? '' : write(aim),
    beside.map(({ what, value }) => `${what} ${write(value)}`).join(', '),
  ];
}

/** For a terminal: one line per row, with aligned columns. */
export function plain(rows: readonly Row[]): string {
  const lines = [TITLES, ...rows.map((row) => cells(row))];
  const widths = TITLES.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, i) => cell.padEnd(widths[i] as number))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** For bench/QUALITY.md: the table, then the recipe of each row. */
export function markdown(rows: readonly Row[]): string {
  const lines = [TITLES, TITLES.map(() => '---'), ...rows.map((row) => cells(row))];
  const table = lines.map((line) => `| ${line.join(' | ')} |`).join('\n');
  const recipes = rows.map(({ what, recipe }) => `- ${what}: ${recipe}`).join('\n');
  return `${table}\n\nRecipes\n\n${recipes}`;
}
