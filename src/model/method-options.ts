// The options of the methods other than fit, with their defaults and ranges.

import { integer, methodOptions, oneOf, within } from './checks.js';

/** The options of `ae.fitThreshold(x, ...)`. */
export interface ThresholdOptions {
  /** The fraction of the rows of `x` to score above the threshold, above 0 and at most 0.5. Default 0.01. */
  contamination?: number;
}

/** The options of `ae.explain(x, ...)` and `ae.detect(x, ...)`. */
export interface ExplainOptions {
  /** How many columns to list per row, an integer from 1. Default 5. */
  top?: number;
}

/** The options of `ae.encodeStream(source, ...)` and `ae.encodeTransform(...)`. */
export interface StreamOptions {
  /**
   * Rows per result, an integer from 1 to 2^20; the last result may have fewer. Default: one result for each
   * batch or row of the stream.
   */
  batchSize?: number;
  /** `'int16'` for integer products of bytes, as in `ae.encode`. Default `'float32'`. */
  precision?: Precision;
}

/** The arithmetic of matrix products. */
export type Precision = 'float32' | 'int16';

/** Checks a `precision`. */
export function checkPrecision(precision: unknown = 'float32'): Precision {
  return oneOf('precision', precision, ['float32', 'int16']);
}

/** Checks the options of `fitThreshold`, and adds defaults. */
export function checkThresholdOptions(options: unknown): Required<ThresholdOptions> {
  const given = methodOptions('fitThreshold', options, ['contamination']);
  const contamination = given.contamination ?? 0.01;
  return { contamination: within('contamination', contamination, { above: 0, atMost: 0.5 }) };
}

/** Checks the number given to `setThreshold`. */
export function checkThreshold(score: unknown): number {
  return within('threshold', score, { from: 0, below: Infinity });
}

/** Checks the options of `explain` or `detect`, and adds defaults. */
export function checkExplainOptions(
  options: unknown,
  method = 'explain',
): Required<ExplainOptions> {
  const given = methodOptions(method, options, ['top']);
  return { top: integer('top', given.top ?? 5, 1, 2 ** 24) };
}

/** Checks the options of a stream. */
export function checkStreamOptions(method: string, options: unknown): StreamOptions {
  const given = methodOptions(method, options, ['batchSize', 'precision']);
  const precision = checkPrecision(given.precision);
  if (given.batchSize === undefined) return { precision };
  return { precision, batchSize: integer('batchSize', given.batchSize, 1, 2 ** 20) };
}
