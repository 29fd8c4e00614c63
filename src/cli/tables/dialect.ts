// How a file writes numbers: decimal commas, thousands separators, currency signs, and words for missing
// cells.

import { quoted } from '../../base/printable.js';
import { FLOAT32_LIMIT, parseCell } from './cells.js';

/** How the numbers of a file differ from those that programs write. */
export interface Dialect {
  /** Undefined: a point, because no flag says otherwise and no comma was detected. */
  decimal?: '.' | ',' | undefined;
  /** The separator of groups of three digits. */
  thousands?: string | undefined;
  /** Whether numbers may have `%` or a currency sign. */
  symbols?: boolean | undefined;
  /** Additional words for missing cells, in lower case. */
  missing?: ReadonlySet<string> | undefined;
  /** Those of the words that are numbers. */
  sentinels?: ReadonlySet<number> | undefined;
}

/** A dialect with these words for missing cells. */
export function missingWords(words: readonly string[] = []): Dialect {
  const missing = new Set(words.map((word) => word.trim().toLowerCase()));
  const numbers = [...missing].filter((word) => word !== '').map(Number);
  const sentinels = new Set(numbers.filter((number) => !Number.isNaN(number)));
  return {
    missing: missing.size > 0 ? missing : undefined,
    sentinels: sentinels.size > 0 ? sentinels : undefined,
  };
}

/** A cell's number, NaN if it is missing, or a message if it is invalid. */
export function parseIn(text: string, dialect: Dialect): number | string {
  const trimmed = text.trim();
  if (dialect.missing?.has(trimmed.toLowerCase())) return Number.NaN;
  const plain =
    dialect.decimal === ',' && /\d\.|\.\d/.test(trimmed) ? undefined : parseCell(trimmed);
  if (typeof plain === 'number') return dialect.sentinels?.has(plain) ? Number.NaN : plain;
  const value = written(trimmed, dialect);
  if (value === undefined) {
    const wrong = plain ?? `${quoted(trimmed)} is not a number where decimals have a comma`;
    return /\d/.test(trimmed) ? `${wrong}${hint(trimmed, dialect)}` : wrong;
  }
  return dialect.sentinels?.has(value) ? Number.NaN : value;
}

/** A cell's text without the dialect: numbers with a decimal point, and words for missing cells left empty. */
export function plainText(text: string, dialect: Dialect): string {
  const { decimal, thousands, symbols, missing, sentinels } = dialect;
  if (!missing && !thousands && !symbols && decimal !== ',') return text;
  const trimmed = text.trim();
  if (missing?.has(trimmed.toLowerCase())) return '';
  if (!/\d/.test(trimmed)) return text;
  if (sentinels?.has(Number(trimmed))) return '';
  if (decimal !== ',' && typeof parseCell(trimmed) === 'number') return text; // keeps 007 as it is
  const value = written(trimmed, dialect);
  return value === undefined ? text : String(value);
}

/** The number in a text of this dialect; undefined if it is not a number or out of a float32's range. */
function written(text: string, { decimal = '.', thousands, symbols }: Dialect): number | undefined {
  let digits = text;
  let percent = 1;
  if (symbols) {
    if (digits.endsWith('%')) {
      percent = 100;
      digits = digits.slice(0, -1).trimEnd();
    }
    // One currency sign, before or after the number. A minus may be on either side of it.
    digits = digits.replace(/^([-+\u2212]?)\s*\p{Sc}\s*/u, '$1').replace(/\s*\p{Sc}$/u, '');
    digits = digits.replace(/^\u2212/, '-');
  }
  const parts = /^([-+]?)([^eE]*?)([eE][-+]?\d+)?$/.exec(digits);
  if (!parts) return undefined;
  const [, sign = '', body = '', exponent = ''] = parts;
  const at = body.lastIndexOf(decimal);
  const [whole, fraction] = at < 0 ? [body, ''] : [body.slice(0, at), `.${body.slice(at + 1)}`];
  const groups = thousands === undefined ? [whole] : whole.split(thousands);
  const isGrouped =
    groups.length === 1 ||
    (/^\d{1,3}$/.test(groups[0] as string) && groups.slice(1).every((one) => /^\d{3}$/.test(one)));
  if (!isGrouped) return undefined;
  const plain = `${groups.join('')}${fraction}`;
  if (!/^\d*$/.test(groups.join('')) || !/^(?:\d+\.?\d*|\.\d+)$/.test(plain)) return undefined;
  const value = Number(`${sign}${plain}${exponent}`) / percent;
  return Math.abs(value) < FLOAT32_LIMIT ? value : undefined;
}

/** Suggests the flag that would accept a cell with digits that is not a number. */
function hint(text: string, { decimal, thousands, symbols }: Dialect): string {
  if (!symbols && /^[-+]?\s*\p{Sc}|(?:%|\p{Sc})$/u.test(text)) {
    return '; --symbols takes numbers with % or the sign of a currency';
  }
  const hasComma = /^[-+]?\d[\d.]*,\d+$/.test(text);
  if (hasComma && decimal === undefined && thousands !== ',') {
    return '; --decimal , or --thousands , says what the comma is';
  }
  return decimal === ',' &&
    thousands === undefined &&
    /^[-+]?\d{1,3}(?:\.\d{3})+(?:,\d+)?$/.test(text)
    ? '; --thousands . says what the point is'
    : '';
}

/**
 * Whether a file uses decimal commas: some cells must be decimals with a comma, and none has a decimal
 * point. `1,234` is ambiguous, since it could be a thousand.
 */
export function findDecimal(cells: Iterable<string>): ',' | undefined {
  let isFound = false;
  for (const cell of cells) {
    if (/^[-+]?\d*\.\d+$/.test(cell)) return undefined;
    isFound ||= /^[-+]?\d+,\d+$/.test(cell) && !/^[-+]?[1-9]\d{0,2},\d{3}$/.test(cell);
  }
  return isFound ? ',' : undefined;
}
