// What a detector learns from rows: their columns, members, and the distribution of scores.

import { Autoencoder } from '../autoencoder.js';
import { abort, reasonOf, throwIfAborted } from '../base/aborting.js';
import { Random, Stream } from '../base/random.js';
import { timeSlices } from '../base/slices.js';
import { errorOf, mention, worded } from '../base/wording.js';
import { Matrix, type RowSource } from '../data/matrix.js';
import type { LoadOptions } from '../files/model-file.js';
import type { EpochRecord } from '../model/history.js';
import type { AutoencoderOptions } from '../model/options.js';
import type { Layout } from './cells.js';
import {
  type Histograms,
  type KnownValues,
  learnHistograms,
  learnScale,
  rarities,
  rarityOf,
} from './columns.js';
import { ksPValue, ksStatistic } from './drift.js';
import { answersOf, filled, type Judge, type Member, scoresFrom, termsOf } from './judge.js';
import type { DetectorConfig, MemberFit } from './options.js';
import { summarised } from './quantiles.js';
import { drawSample, MOST_REFERENCE } from './sample.js';
import { learnCodes, learnResiduals, learnTerm, whitener } from './scores.js';
import { chooseThreshold, type Threshold } from './thresholds.js';

/** The result of a fit. */
export interface Learned extends Judge {
  readonly width: number;
  /** Sorted scores, or quantiles of them, for computing probabilities. */
  readonly scores: Float32Array<ArrayBuffer>;
  /** The number of rows that they come from. */
  readonly scored: number;
  readonly columns: readonly KnownValues[];
  readonly threshold: Threshold;
  /** For tables: the columns, and where their cells are. */
  readonly table?: Layout;
}

/** The maximum number of rows that a member trains on: more make it slower, not better. */
const MEMBER_ROWS = 2048;
/**
 * The defaults of a member's training: the minimum number of steps, the batch size and the learning rate.
 * Four times as many steps with batches of twice the size at a quarter of the rate have the same mean AUROC
 * on half of ADBench's tables, 0.826, and take eight times as long.
 */
const [STEPS, BATCH, LEARNING_RATE] = [64, 32, 0.008];
/** The code width: twice the number of columns, at most a quarter of the rows, within these limits. */
const [LEAST_CODE, MOST_CODE] = [8, 64];

/** The level of the test whether rows that members trained on score like the others. */
const ALIKE = 0.1;

/** Trains an ensemble on rows. */
export async function learn(
  source: RowSource,
  config: DetectorConfig,
  { signal, onEpochEnd, ...fit }: MemberFit,
): Promise<Learned> {
  const { width } = source;
  const sample = await drawSample(source, config.seed, signal);
  if (sample.rows < 2) {
    throw errorOf(
      RangeError,
      worded`${mention(source.name)} must have at least 2 rows with a value, got ${sample.rows}`,
    );
  }
  const pause = timeSlices(signal);
  const { scale, columns, z } = await learnScale(sample.values, width, pause);
  const histograms = learnHistograms(z);
  await pause();
  const reference = z.slice(0, MOST_REFERENCE);
  const table = rarities(histograms, 1);
  const typicalRarity = meanRarities(reference, histograms, table);

  const learners = Array.from({ length: config.members }, (_, m) => {
    const random = new Random(config.seed, Stream.sample, m + 1);
    const code = Math.max(LEAST_CODE, Math.min(2 * width, MOST_CODE, Math.floor(sample.rows / 4)));
    const ae = new Autoencoder({
      layers: [width, code],
      activation: 'tanh',
      codeActivation: 'tanh',
      outputActivation: 'linear',
      ...widths(config, width),
      scale: 'none',
      seed: random.next(),
      threads: Math.max(1, Math.floor(config.threads / config.members)),
    } as AutoencoderOptions);
    return { ae, rows: filled(memberRows(z, sample.heldOut, random)), m };
  });
  const members: Member[] = [];
  const ending = new AbortController();
  const forward = () => abort(ending, signal && reasonOf(signal));
  signal?.addEventListener('abort', forward);
  try {
    throwIfAborted(signal);
    await settled(
      ending,
      learners.map(async ({ ae, rows, m }) => {
        const steps = Math.ceil(rows.length / (fit.batchSize ?? BATCH));
        const epochs = fit.epochs ?? Math.ceil(STEPS / steps);
        await ae.fit(rows, {
          noise: { type: 'gaussian', amount: 1 },
          batchSize: BATCH,
          learningRate: LEARNING_RATE,
          ...fit,
          epochs,
          signal: ending.signal,
          onEpochEnd: (record: EpochRecord) =>
            onEpochEnd?.({ ...record, member: m, members: config.members, epochs }),
        });
      }),
    );
    const seen = filled(reference);
    // Each member has trained with a part of the threads; now all of them are available to all.
    const trained = learners.map(({ ae }) =>
      Autoencoder.load(ae.save({ optimizer: false }), machine(config)),
    );
    for (const { ae } of learners) ae.dispose();
    const answers = await Promise.all(trained.map((ae) => answersOf(ae, seen)));
    for (const [m, ae] of trained.entries()) {
      const { codes, back } = answers[m] as (typeof answers)[number];
      const spread = await learnCodes(codes.data, codes.shape[1], pause);
      members.push({
        ae,
        ...learnResiduals(reference, back),
        codes: spread,
        whiten: whitener(spread, machine(config)),
      });
      await pause();
    }
    const judge = { histograms, typicalRarity };
    const all = await termsOf(judge, members, reference, answers, { learned: reference.length });
    const terms = [0, 1, 2].map((t) => learnTerm(all.filter((_, i) => i % 3 === t)));
    const scores = scoresFrom(all, terms);
    const usual = usualScores(scores, sample.heldOut);
    throwIfAborted(signal);
    return {
      ...{ width, scale, columns, histograms, typicalRarity, members, terms },
      scores: summarised(usual),
      scored: usual.length,
      threshold: chooseThreshold(scores, 'auto'),
    };
  } catch (error) {
    for (const { ae } of learners) ae.dispose();
    throw error;
  } finally {
    signal?.removeEventListener('abort', forward);
  }
}

/** The options that belong to the machine or the page. */
function machine({ threads, network }: DetectorConfig): LoadOptions {
  const { fastMath, workerUrl } = network;
  return {
    threads,
    ...(fastMath !== undefined && { fastMath }),
    ...(workerUrl !== undefined && { workerUrl }),
  };
}

/** The caller's options for the network of members whose rows have this width. */
function widths({ network }: DetectorConfig, width: number): Partial<AutoencoderOptions> {
  const { code, hidden = [], layers, ...rest } = network;
  if (code !== undefined) return { ...rest, layers: [width, ...hidden, code] };
  return layers === undefined ? rest : { ...rest, layers };
}

/** The rows that a member trains on, drawn from those that are not held out. */
function memberRows(z: Matrix, heldOut: number, random: Random): Matrix {
  const [rows, width] = z.shape;
  const numbers = Uint32Array.from({ length: rows - heldOut }, (_, i) => heldOut + i);
  const count = Math.min(numbers.length, MEMBER_ROWS);
  const drawn = new Matrix(new Float32Array(count * width), [count, width]);
  for (let i = 0; i < count; i++) {
    const j = i + random.below(numbers.length - i);
    const number = numbers[j] as number;
    numbers[j] = numbers[i] as number;
    drawn.row(i).set(z.row(number));
  }
  return drawn;
}

/**
 * The sorted scores for computing probabilities: those of the held-out rows, which come first, and also of
 * the other rows if the two are indistinguishable. 64 steps are too few to memorise a row, and a fifth of a
 * small table is too few rows for a tail.
 */
function usualScores(scores: Float32Array<ArrayBuffer>, heldOut: number): Float32Array {
  const all = scores.slice().sort();
  if (heldOut === 0) return all;
  const unseen = scores.slice(0, heldOut).sort();
  const seen = scores.slice(heldOut).sort();
  if (seen.length === 0) return unseen;
  const apart = ksStatistic(seen, unseen, seen.length);
  return ksPValue(apart, seen.length, unseen.length) > ALIKE ? all : unseen;
}

/** The mean rarity of each column's values, ignoring missing ones. */
function meanRarities({ data, shape }: Matrix, histograms: Histograms, table: Float64Array) {
  const [rows, width] = shape;
  const sums = new Float64Array(width);
  const counts = new Float64Array(width);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < width; j++) {
      const value = data[i * width + j] as number;
      if (Number.isNaN(value)) continue;
      (sums[j] as number) += rarityOf(value, j, histograms, table);
      (counts[j] as number) += 1;
    }
  }
  return sums.map((sum, j) => sum / Math.max(1, counts[j] as number));
}

/** Waits for all jobs. If one fails, the others are aborted and awaited. */
async function settled(ending: AbortController, jobs: readonly Promise<void>[]): Promise<void> {
  let failure: { error: unknown } | undefined;
  await Promise.all(
    jobs.map((job) =>
      job.catch((error) => {
        failure ??= { error };
        abort(ending, error);
      }),
    ),
  );
  if (failure) throw failure.error;
}
