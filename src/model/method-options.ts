// The options of the methods other than fit: every default and range.

import { integer, methodOptions, oneOf, within } from './checks.js';

/** What `ae.fitThreshold(x, ...)` takes. */
export interface ThresholdOptions {
  /** The share of `x` that is to be above the threshold, above 0 and at most 0.5. Default 0.01. */
  contamination?: number;
}

/** What `ae.explain(x, ...)` and `ae.detect(x, ...)` take. */
export interface ExplainOptions {
  /** How many columns a row to name, an integer from 1. Default 5. */
  top?: number;
}

/** What `ae.encodeStream(source, ...)` and `ae.encodeTransform(...)` take. */
export interface StreamOptions {
  /**
   * Rows a result, an integer from 1 to 2^20; the last may have fewer. Default: as they come, a result
   * for each batch or row.
   */
  batchSize?: number;
  /** `'int16'` for products in integers, of bytes, as `ae.encode` has it. Default `'float32'`. */
  precision?: Precision;
}

/** What products are done in. */
export type Precision = 'float32' | 'int16';

/** A `precision`, checked. */
export function checkPrecision(precision: unknown = 'float32'): Precision {
  return oneOf('precision', precision, ['float32', 'int16']);
}

/** `fitThreshold`'s options, checked and completed. */
export function checkThresholdOptions(options: unknown): Required<ThresholdOptions> {
  const given = methodOptions('fitThreshold', options, ['contamination']);
  const contamination = given.contamination ?? 0.01;
  return { contamination: within('contamination', contamination, { above: 0, atMost: 0.5 }) };
}

/** `setThreshold`'s number, checked. */
export function checkThreshold(score: unknown): number {
  return within('threshold', score, { from: 0, below: Infinity });
}

/** The options of `explain` and `detect`, checked and completed. */
export function checkExplainOptions(
  options: unknown,
  method = 'explain',
): Required<ExplainOptions> {
  const given = methodOptions(method, options, ['top']);
  return { top: integer('top', given.top ?? 5, 1, 2 ** 24) };
}

/** The options of streams, checked. */
export function checkStreamOptions(method: string, options: unknown): StreamOptions {
  const given = methodOptions(method, options, ['batchSize', 'precision']);
  const precision = checkPrecision(given.precision);
  if (given.batchSize === undefined) return { precision };
  return { precision, batchSize: integer('batchSize', given.batchSize, 1, 2 ** 20) };
}
