// Runs rows through all members of a detector, and computes scores and shares.

import type { Autoencoder } from '../autoencoder.js';
import { timeSlices } from '../base/slices.js';
import { Matrix } from '../data/matrix.js';
import { type ColumnScale, type Histograms, rarities, rarityOf } from './columns.js';
import {
  type Cells,
  type CodeSpread,
  codeDistances,
  residualTerm,
  standardised,
  type TermScale,
  withoutOwn,
} from './scores.js';

/** An autoencoder of scaled rows, and statistics of its residuals and codes. */
export interface Member {
  readonly ae: Autoencoder;
  /** The mean squared residual of each column. */
  readonly variance: Float64Array;
  /** The mean contribution of each column to the residual term, used for missing cells. */
  readonly typical: Float64Array;
  readonly codes: CodeSpread;
  /** A network that whitens codes, to measure how unusual they are. */
  readonly whiten: Autoencoder;
}

/** What is needed to score a row. */
export interface Judge {
  readonly scale: ColumnScale;
  readonly histograms: Histograms;
  /** The mean rarity of each column's values, used for missing cells. */
  readonly typicalRarity: Float64Array;
  readonly members: readonly Member[];
  /** Residual, code and rarity. */
  readonly terms: readonly TermScale[];
}

/** The members' results for rows: codes and reconstructions of each. */
export interface Answers {
  readonly codes: Matrix;
  readonly back: Matrix;
}

/** About how many values go through the members at a time. */
export const CHUNK_VALUES = 1 << 20;

/** Rows as members see them: with 0, the column's mean, in missing cells. */
export function filled(z: Matrix): Matrix {
  const { data } = z;
  let i = 0;
  while (i < data.length && !Number.isNaN(data[i])) i++;
  if (i === data.length) return z;
  const all = data.slice();
  for (; i < all.length; i++) if (Number.isNaN(all[i])) all[i] = 0;
  return new Matrix(all, z.shape);
}

/** Codes and reconstructions of scaled rows without missing cells. */
export async function answersOf(ae: Autoencoder, z: Matrix): Promise<Answers> {
  const codes = await ae.encode(z);
  return { codes, back: await ae.decode(codes) };
}

/** Which cells of each row are treated as missing: none, or those of a column. */
type Hidden = (row: number) => Cells;
const NOTHING: Cells = { start: 0, size: 0 };
const NONE: Hidden = () => NOTHING;

/** The terms of scaled rows, (rows, 3). `learned`: their number, if they are all rows that the members know. */
export async function termsOf(
  { histograms, typicalRarity }: Pick<Judge, 'histograms' | 'typicalRarity'>,
  members: readonly Omit<Member, 'ae'>[],
  z: Matrix,
  answers: readonly Answers[],
  { hidden = NONE, learned = 0 }: { hidden?: Hidden; learned?: number } = {},
): Promise<Float64Array> {
  const rows = z.shape[0];
  const terms = new Float64Array(rows * 3);
  const table = rarities(histograms, learned > 0 ? 1 : 0);
  const pause = timeSlices();
  const distances = await Promise.all(
    members.map(({ whiten }, m) => codeDistances(whiten, (answers[m] as Answers).codes)),
  );
  const termsOfRow = (i: number) => {
    const row = z.row(i);
    const without = hidden(i);
    let [residual, distance, rarity] = [0, 0, 0];
    for (let m = 0; m < members.length; m++) {
      const { variance, typical } = members[m] as Member;
      const { back } = answers[m] as Answers;
      residual += residualTerm(row, back.row(i), variance, typical, without);
      const own = (distances[m] as Float64Array)[i] as number;
      distance += learned > 0 ? withoutOwn(own, learned) : own;
    }
    for (let j = 0; j < row.length; j++) {
      const value = row[j] as number;
      const isHidden = j >= without.start && j < without.start + without.size;
      const isKnown = !isHidden && !Number.isNaN(value);
      rarity += isKnown ? rarityOf(value, j, histograms, table) : (typicalRarity[j] as number);
    }
    terms[i * 3] = residual / members.length;
    terms[i * 3 + 1] = distance / members.length;
    terms[i * 3 + 2] = rarity;
  };
  for (let i = 0; i < rows; i++) {
    termsOfRow(i);
    if (i % 16 === 15) await pause();
  }
  return terms;
}

/** Combines the terms into scores: the mean of their distances from the median, in robust deviations. */
export function scoresFrom(
  terms: Float64Array,
  scales: readonly TermScale[],
): Float32Array<ArrayBuffer> {
  const scores = new Float32Array(terms.length / 3);
  for (let i = 0; i < scores.length; i++) {
    let sum = 0;
    for (const [t, scale] of scales.entries())
      sum += standardised(terms[i * 3 + t] as number, scale);
    scores[i] = sum / 3;
  }
  return scores;
}

/** The scores of scaled rows. */
export async function judgeRows(
  judge: Judge,
  z: Matrix,
  options?: { hidden?: Hidden },
): Promise<{ scores: Float32Array<ArrayBuffer>; answers: Answers[] }> {
  const { members, terms } = judge;
  const seen = filled(z);
  const answers = await Promise.all(members.map(({ ae }) => answersOf(ae, seen)));
  return { scores: scoresFrom(await termsOf(judge, members, z, answers, options), terms), answers };
}

/** One column's part in the score of a row. */
export interface Blame {
  /** The column's index. */
  readonly column: number;
  /** Its fraction of the score; all columns sum to 1. */
  readonly share: number;
  /** Its expected cells, scaled. */
  readonly expected: readonly number[];
}

/**
 * For each scaled row, the columns that raise its score, largest share first: how much lower the score
 * would be if the column were unknown. The members then see the mean in its cells, and reconstruct what the
 * other columns suggest.
 */
export async function blame(
  judge: Judge,
  z: Matrix,
  scores: Float32Array,
  columns: readonly Cells[],
): Promise<Blame[][]> {
  const [rows, width] = z.shape;
  const many = columns.length;
  const atOnce = Math.max(1, Math.floor(CHUNK_VALUES / (many * width)));
  const all: Blame[][] = [];
  for (let from = 0; from < rows; from += atOnce) {
    const count = Math.min(atOnce, rows - from);
    const cellsAt = (row: number) => columns[row % many] as Cells;
    // One copy of each row per column.
    const copies = new Matrix(new Float32Array(count * many * width), [count * many, width]);
    for (let i = 0; i < count * many; i++) {
      const row = copies.row(i);
      row.set(z.row(from + Math.floor(i / many)));
      const { start, size } = cellsAt(i);
      row.fill(0, start, start + size);
    }
    const without = await judgeRows(judge, copies, { hidden: cellsAt });
    for (let i = 0; i < count; i++) {
      const given = z.row(from + i);
      const falls = Float64Array.from(columns, ({ start }, c) => {
        const fall = (scores[from + i] as number) - (without.scores[i * many + c] as number);
        return Number.isNaN(given[start]) ? 0 : Math.max(0, fall);
      });
      const expected = columns.map(({ start, size }, c) =>
        Array.from({ length: size }, (_, cell) => {
          let sum = 0;
          for (const { back } of without.answers) {
            sum += back.row(i * many + c)[start + cell] as number;
          }
          return Math.fround(sum / without.answers.length);
        }),
      );
      all.push(blames(falls, given, columns, expected));
    }
  }
  return all;
}

/** The shares for a row. If no column raises its score, they are the distances from the expected values. */
function blames(
  falls: Float64Array,
  given: Float32Array,
  columns: readonly Cells[],
  expected: readonly (readonly number[])[],
): Blame[] {
  const sumOf = (parts: Float64Array) => parts.reduce((sum, part) => sum + part, 0);
  let parts = falls;
  if (!(sumOf(parts) > 0)) {
    parts = Float64Array.from(columns, ({ start }, c) =>
      (expected[c] as readonly number[]).reduce(
        (sum, mean, cell) => sum + (((given[start + cell] as number) - mean) ** 2 || 0),
        0,
      ),
    );
  }
  if (!(sumOf(parts) > 0)) parts = new Float64Array(columns.length).fill(1);
  const sum = sumOf(parts);
  const list = Array.from(parts, (part, column) => ({
    column,
    share: part / sum,
    expected: expected[column] as readonly number[],
  }));
  return list
    .filter(({ column }) => !Number.isNaN(given[(columns[column] as Cells).start]))
    .sort((a, b) => b.share - a.share || a.column - b.column);
}
