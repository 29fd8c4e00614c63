// Parses a line of JSON into the texts of its values.

import { type Dialect, plainText } from './dialect.js';
import type { TextRows } from './format.js';
import { type Columns, filledText, type Original } from './original.js';

/** The position of a value in its line, and its key if the line is an object. */
export interface JsonValue {
  key: string | undefined;
  from: number;
  to: number;
}

/** The values of an array or object, in a text that JSON.parse has accepted. */
export function valuesOf(text: string): JsonValue[] {
  const values: JsonValue[] = [];
  let at = skipSpace(text, 0);
  const isObject = text[at] === '{';
  for (at = skipSpace(text, at + 1); at < text.length; at = skipSpace(text, at)) {
    if (text[at] === ']' || text[at] === '}') break;
    if (text[at] === ',') {
      at++;
      continue;
    }
    let key: string | undefined;
    if (isObject) {
      const end = endOfValue(text, at);
      key = JSON.parse(text.slice(at, end)) as string;
      at = skipSpace(text, skipSpace(text, end) + 1); // skips the colon
    }
    const from = at;
    at = endOfValue(text, at);
    values.push({ key, from, to: at });
  }
  return values;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\r\n'.includes(text[at] as string)) at++;
  return at;
}

function endOfValue(text: string, from: number): number {
  let depth = 0;
  let at = from;
  do {
    const character = text[at] as string;
    if (character === '"') {
      for (at++; text[at] !== '"'; at++) if (text[at] === '\\') at++;
      at++;
    } else if (character === '{' || character === '[') {
      depth++;
      at++;
    } else if (character === '}' || character === ']') {
      depth--;
      at++;
    } else if (depth > 0) {
      at++;
    } else {
      while (at < text.length && !',]} \t\r\n'.includes(text[at] as string)) at++;
    }
  } while (depth > 0);
  return at;
}

/** A cell as JSON: numbers and booleans if JSON can express them, else a string. */
export function jsonCell(text: string): string {
  if (text === '') return 'null';
  if (text === 'true' || text === 'false') return text;
  const isNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(text);
  return isNumber ? text : JSON.stringify(text);
}

/** Writes rows of text as lines: objects if the columns have names, else arrays. */
export const jsonRows: TextRows = {
  style: 'json',
  cell: jsonCell,
  head: () => '',
  row(texts, names) {
    const json = texts.map(jsonCell);
    const named = names?.map((name, i) => `${JSON.stringify(name)}:${json[i]}`);
    return named ? `{${named.join()}}\n` : `[${json.join()}]\n`;
  },
};

/** Rows as they are in the file. */
export function jsonOriginal(columns: Columns, words: Dialect): Original {
  const { names } = columns;
  const find = (text: string) => {
    const found = valuesOf(text);
    // If a key occurs twice, the last value counts, as in JSON.parse.
    const byKey = names && new Map(found.map((value) => [value.key, value]));
    return { found, at: (i: number) => (byKey ? byKey.get(names[i] as string) : found[i]) };
  };
  return {
    ...columns,
    format: 'jsonl',
    kind: 'jsonl',
    text: jsonRows,
    head: () => new Uint8Array(),
    fill(row, values) {
      let text = row.toString();
      const { found, at } = find(text);
      let isEmpty = found.length === 0;
      const changes = [...values].map(([column, value]) => ({ column, value, ...at(column) }));
      // From the last to the first, so that earlier offsets stay valid.
      for (const { from, to, column, value } of changes.sort(
        (a, b) => (b.from ?? 1e9) - (a.from ?? 1e9),
      )) {
        if (from === undefined) {
          const end = text.lastIndexOf('}');
          const comma = isEmpty ? '' : ',';
          isEmpty = false;
          const key = JSON.stringify(names?.[column]);
          text = `${text.slice(0, end)}${comma}${key}:${jsonCell(filledText(value))}${text.slice(end)}`;
        } else {
          text = `${text.slice(0, from)}${jsonCell(filledText(value))}${text.slice(to)}`;
        }
      }
      return Buffer.from(`${text}\n`);
    },
    raw(row, wanted) {
      const text = row.toString();
      const { at } = find(text);
      return wanted.map((column) => {
        const value = at(column);
        return Buffer.from(value ? text.slice(value.from, value.to) : 'null');
      });
    },
    cells(row) {
      const text = row.toString();
      const { at } = find(text);
      return Array.from({ length: columns.columns }, (_, i) => {
        const value = at(i);
        const cell = value === undefined ? 'null' : text.slice(value.from, value.to);
        if (cell === 'null') return '';
        return plainText(cell.startsWith('"') ? (JSON.parse(cell) as string) : cell, words);
      });
    },
  };
}
