// The table of comparisons: which figures are compared, and the ratio that we aim for.

import { median } from '../median.js';
import type { Contender } from './contender.js';
import { threadsText } from './threads-text.js';
import { TARGETS, threadCounts } from './work.js';

interface Comparison {
  readonly work: string;
  /** The key of this library's contender. */
  readonly ours: string;
  /** How the keys of the other contenders begin; the one with the best median is the rival. */
  readonly rivals: string;
  /** How many times as fast this library should be, where the row is one of our promises. */
  readonly bar?: number;
  /** Whether the figures are the inverse of the seconds until something is done. */
  readonly isTime?: boolean;
}

/** Samples per second by contender, one figure per round. */
export type Figures = ReadonlyMap<string, readonly number[]>;

export interface Row extends Comparison {
  readonly rival: string;
  readonly oursRate: number;
  readonly rivalRate: number;
  /** The ratio of the medians, then the lowest and highest ratio of any round. */
  readonly ratio: number;
  readonly lowest: number;
  readonly highest: number;
}

function comparisons(all: number): Comparison[] {
  const paper = "fit, 784-64, the paper's configuration";
  const deep = 'fit, 784-1000-500-250-30';
  const counts = threadCounts(all);
  const barOf = (bar: number | undefined) => (bar === undefined ? {} : { bar });
  const encoding = (
    rows: string,
    name: string,
    rival: string,
    bar?: number,
    who = 'ours',
  ): Comparison[] =>
    counts.map((n) => ({
      work: `encode 10,000 rows of ${name}, ${threadsText(n)}`,
      ours: `encode ${rows} ${who} ${n}`,
      rivals: `encode ${rows} ${rival} ${n}`,
      ...barOf(bar),
    }));
  const training = (work: string, task: string, who: string, threads: number, bar?: number) => ({
    ...{ work, ours: `fit ${task} ${who} ${threads}`, rivals: `fit ${task} pytorch` },
    ...barOf(bar),
  });
  const categories = 'fit, 20 categories of 100 values, 2000-64';
  const dense = 'fit, 768-64, dense floats, linear';
  const wider = 'fit, 1536-128, dense floats, linear';
  const short = (rows: string, text: string, rival: string, bar?: number): Comparison => ({
    work: `encodeSync of ${text} at a time`,
    ours: `encode ${rows} ours 1`,
    rivals: `encode ${rows} ${rival} 1`,
    ...barOf(bar),
  });
  const quality = TARGETS.flatMap(({ target }) =>
    ['ours', 'wide'].map((who) => ({
      work: `seconds until the test error is below ${target}`,
      ours: `quality ${target} ${who} ${all}`,
      rivals: `quality ${target} pytorch`,
      isTime: true,
    })),
  );
  return [
    { work: paper, ours: `fit paper ours ${all}`, rivals: 'fit paper pytorch', bar: 2.5 },
    {
      work: `${paper}, one thread`,
      ours: 'fit paper ours 1',
      rivals: 'fit paper pytorch 1 1',
      bar: 1.5,
    },
    { work: paper, ours: `fit paper ours ${all}`, rivals: 'fit paper tfjs', bar: 30 },
    { work: paper, ours: `fit paper ours ${all}`, rivals: 'fit paper jax', bar: 30 },
    {
      work: 'fit, 784-64, defaults',
      ours: `fit defaults ours ${all}`,
      rivals: 'fit defaults pytorch',
      bar: 1.5,
    },
    { work: deep, ours: `fit deep ours ${all}`, rivals: 'fit deep pytorch', bar: 1 },
    training(paper, 'paper', 'wide', all, 2.8),
    training('fit, 784-64, defaults', 'defaults', 'wide', all, 2.2),
    training(deep, 'deep', 'wide', all, 1.4),
    training(`${dense}, one thread`, 'dense768', 'ours', 1, 1.3),
    ...(all === 1
      ? []
      : [
          training(`${dense}, one thread`, 'dense768', 'wide', 1),
          training(dense, 'dense768', 'ours', all),
        ]),
    training(dense, 'dense768', 'wide', all, 2),
    training(wider, 'dense1536', 'ours', all),
    training(wider, 'dense1536', 'wide', all),
    training(categories, 'categories', 'ours', all, 3),
    {
      work: `${categories}, one thread`,
      ours: 'fit categories ours 1',
      rivals: 'fit categories pytorch 1 1',
    },
    training(categories, 'categories', 'wide', all),
    ...encoding('digits', 'MNIST', 'ortNode', 0.92),
    ...encoding('digits', 'MNIST', 'ortNode', 1.2, 'wide'),
    ...encoding('digits', 'MNIST', 'ortWeb'),
    ...encoding('noise', 'dense noise', 'ortWeb', 1.5),
    ...encoding('noise', 'dense noise', 'ortNode'),
    ...encoding('noise', 'dense noise', 'ortNode', 0.5, 'wide'),
    ...['ours', 'wide'].flatMap((who) =>
      counts.map((n) => ({
        work: `encode 10,000 rows of MNIST as bytes, precision int16, against float32, ${threadsText(n)}`,
        ours: `encode bytes ${who} ${n}`,
        rivals: `encode digits ortNode ${n}`,
        ...(n === 1 && who === 'ours' ? { bar: 1.4 } : {}),
      })),
    ),
    short('single', 'one row', 'ortNode', 5),
    short('single', 'one row', 'ortWeb', 5),
    short('sixteen', '16 rows', 'ortNode'),
    short('sixteen', '16 rows', 'ortWeb'),
    ...quality,
    ...['ours', 'wide'].map((who) => ({
      work: 'seconds of fit on 200 rows of 10 numbers, 50 epochs',
      ...{ ours: `small fit ${who}`, rivals: 'small fit tfjs', isTime: true },
    })),
    ...['ortNode', 'ortWeb', 'tfjs'].map((rival) => ({
      work: 'seconds from the import to the first code',
      ...{ ours: 'first call ours', rivals: `first call ${rival}`, isTime: true },
    })),
    ...(all === 1
      ? []
      : [
          { work: paper, ours: `fit paper ours ${all}`, rivals: 'fit paper ours 1', bar: 1.7 },
          { work: deep, ours: `fit deep ours ${all}`, rivals: 'fit deep ours 1', bar: 1.8 },
        ]),
  ];
}

/** The rows for which both sides have figures. */
export function compare(figures: Figures, all: number): Row[] {
  return comparisons(all).flatMap((comparison) => {
    const ours = figures.get(comparison.ours);
    const rivals = [...figures].filter(([key]) => `${key} `.startsWith(`${comparison.rivals} `));
    if (ours === undefined || rivals.length === 0) return [];
    const [rival, theirs] = rivals.reduce((best, one) =>
      median(one[1]) > median(best[1]) ? one : best,
    );
    const ratios = ours.map((rate, round) => rate / (theirs[round] as number));
    return [
      {
        ...comparison,
        rival,
        oursRate: median(ours),
        rivalRate: median(theirs),
        ratio: median(ours) / median(theirs),
        lowest: Math.min(...ratios),
        highest: Math.max(...ratios),
      },
    ];
  });
}

/** Encoders of the same rows must compute the same codes, or the comparison is invalid. */
export function checkCodes(everybody: readonly Contender[], checks: ReadonlyMap<string, number>) {
  for (const { key } of everybody) {
    const [task, rows] = key.split(' ');
    // Bytes are encoded with integer arithmetic, which gives nearly the same codes.
    const whose = rows === 'bytes' ? 'digits' : rows;
    const expected = checks.get(`encode ${whose} ours 1`) as number;
    const got = checks.get(key);
    if (task !== 'encode' || got === undefined) continue;
    if (Math.abs(got - expected) > 1e-4 * expected) {
      throw new Error(`${key}: the codes' mean magnitude is ${got}, ours is ${expected}`);
    }
  }
}
