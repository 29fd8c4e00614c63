// The tables of docs/options.md and the docstrings of the options agree with src/model/option-table.ts.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  FIT_OPTIONS,
  FIT_PARTS,
  MODEL_OPTIONS,
  namesOf,
  type OptionRow,
  type Range,
} from '../../../src/model/option-table.js';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const page = read('docs/options.md');

interface Line {
  values: string;
  preset: string;
  meaning: string;
  /** The position of the name in a row that has several. */
  at: number;
}

/** The lines of the table below a heading, by option name. */
function tableBelow(heading: string): Map<string, Line> {
  const from = page.indexOf(`\n## ${heading}\n`);
  const table = /\n\| option \|.*\n\|---.*\n((?:\|.*\n)+)/.exec(page.slice(from))?.[1] as string;
  const lines = table.trimEnd().split('\n');
  return new Map(
    lines.flatMap((line) => {
      const [, names = '', values = '', preset = '', meaning = ''] = line.split(/ ?\| ?/);
      return Array.from(names.matchAll(/`(\w+)`/g), ([, name], at): [string, Line] => [
        name as string,
        { values, preset, meaning, at },
      ]);
    }),
  );
}

const TABLES = {
  'new Autoencoder(options)': [MODEL_OPTIONS, tableBelow('`new Autoencoder(options)`')],
  'fit(x, options)': [FIT_OPTIONS, tableBelow('`await ae.fit(x, options?)`')],
} as const satisfies Record<string, [Record<string, OptionRow>, Map<string, Line>]>;

const code = (value: unknown) => (typeof value === 'number' ? `${value}` : `\`${quoted(value)}\``);
const quoted = (value: unknown) => (typeof value === 'string' ? `'${value}'` : `${value}`);

/** A large number as the page writes it: 2²⁰, 2³² − 1. */
function big(value: number): string {
  if (value < 10_000) return `${value}`;
  const [power, rest] = Number.isInteger(Math.log2(value)) ? [value, ''] : [value + 1, ' − 1'];
  return `2${[...`${Math.log2(power)}`].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]).join('')}${rest}`;
}

function range({ from, above, atMost = Infinity, below }: Range): string {
  const low = from === undefined ? `above ${above}` : `${from}`;
  if (below !== undefined) return `${low} to below ${below}`;
  if (atMost >= 1e38) return low;
  return from === undefined ? `${low}, at most ${atMost}` : `${low} to ${atMost}`;
}

/** The values of an option as the page writes them; undefined if they are described in words. */
function valuesOf(row: OptionRow): string | undefined {
  switch (row.kind) {
    case 'integer':
      return row.to >= 2 ** 31 - 1 && row.from > 0
        ? `integer from ${row.from}`
        : `integer, ${row.from} to ${big(row.to)}`;
    case 'number':
    case 'float32':
      return range(row.range);
    case 'boolean':
      return 'boolean';
    case 'choice':
      return row.of.map(code).join(', ');
    case 'own':
      return undefined;
  }
}

const rows = Object.entries(TABLES).flatMap(([where, [table, lines]]) =>
  Object.entries(table).map(([name, row]) => ({ where, name, row: row as OptionRow, lines })),
);

test.each(Object.entries(TABLES))('%s: docs/options.md has every option, and no other', (_, it) => {
  const [table, lines] = it;
  expect([...lines.keys()].sort()).toEqual(namesOf<string>(table).sort());
});

test.each(rows)('$where: docs/options.md has the range and the default of $name', (option) => {
  const { name, row, lines } = option;
  const { values, preset, at } = lines.get(name) as Line;
  const expected = valuesOf(row);
  // 'the same' as in the line above.
  const before = [...lines.values()][[...lines.keys()].indexOf(name) - 1];
  const said = values === 'the same' ? valuesOf(MODEL_OPTIONS.activation) : values;
  if (values === 'the same') expect(before?.values).toMatch(/^`'linear'`|^the same$/);
  if (expected !== undefined) expect(said).toBe(expected);
  if (row.default === undefined) return expect(preset).not.toMatch(/^\d/);
  expect(`${preset.split(/, (?=\d)/)[at]} `).toMatch(start(code(row.default)));
});

/** Begins with this text, unless it is the beginning of a longer number. */
function start(text: string): RegExp {
  return new RegExp(`^${text.replace(/[.\\^$*+?()[\]{}|]/g, '\\$&')}[ ;,]`);
}

const parts = Object.entries(FIT_PARTS).map(([name, table]) => ({ name, table }));

test.each(parts)('fit(x, options): docs/options.md has the fields of $name', ({ name, table }) => {
  const { values, meaning } = TABLES['fit(x, options)'][1].get(name) as Line;
  const said = [...values.matchAll(/\{ ([\w, ]+) \}/g)].flatMap(([, list = '']) =>
    list.split(', '),
  );
  expect([...new Set(said)].sort()).toEqual(Object.keys(table).sort());
  for (const [part, row] of Object.entries<OptionRow>(table)) {
    if (typeof row.default === 'number') expect(meaning).toContain(`\`${part}\` (${row.default})`);
    if (typeof row.default === 'boolean') expect(meaning).toContain(`${part}: ${!row.default}`);
  }
});

const documented = [
  ...rows.map(({ where, name, row }) => ({
    file: where.startsWith('new') ? 'src/model/options.ts' : 'src/training/fit-types.ts',
    name,
    row,
  })),
  ...parts.flatMap(({ table }) =>
    Object.entries<OptionRow>(table).map(([name, row]) => ({
      file: 'src/training/fit-types.ts',
      name,
      row,
    })),
  ),
].filter(({ row }) => row.default !== undefined);

test.each(documented)('$file: the docstring of $name has its default, $row.default', (option) => {
  const { file, name, row } = option;
  const docs = [
    ...read(file).matchAll(new RegExp(`/\\*\\*((?:(?!\\*/)[^])*)\\*/\\s+${name}\\?:`, 'g')),
  ];
  expect(docs).not.toEqual([]);
  const said = quoted(row.default);
  const texts = docs.map(([, text = '']) => text.replace(/\s*\n\s*\* ?/g, ' ').replaceAll('`', ''));
  expect(
    texts.some(
      (text) =>
        new RegExp(`Default:? ${said.replaceAll('.', '\\.')}(?![\\d.]\\d|\\d)`).test(text) ||
        text.includes(`${said} (default)`) ||
        (said === 'false' && text.includes('Default: the run has all its epochs')),
    ),
    texts.join('\n'),
  ).toBe(true);
});
