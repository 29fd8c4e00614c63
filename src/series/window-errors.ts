// The reconstruction error of each window.

import type { LiveModel } from '../inference/live-model.js';

/** The fraction of a window's values that must be present for it to be used. */
const LEAST_OBSERVED = 0.5;

/**
 * The error of a window: the root of its mean squared error, in standard deviations; NaN if too many of its
 * values are missing.
 */
export function errorOf(mean: number, observed: number, width: number): number {
  return observed >= LEAST_OBSERVED * width
    ? Math.fround(Math.sqrt(Math.fround(mean)))
    : Number.NaN;
}

/** All windows of a series on its grid, as rows. */
export function windowRows(values: Float32Array, width: number, channels: number) {
  const rows = (values.length - width) / channels + 1;
  return { data: values, shape: [rows, width] as const, stride: channels };
}

/** The error of each window of a series on its grid. */
export async function windowErrors(
  live: LiveModel,
  values: Float32Array,
  width: number,
  channels: number,
): Promise<Float32Array> {
  const rows = live.rows(windowRows(values, width, channels));
  const { data } = await live.run('error', rows);
  return Float32Array.from({ length: rows.rows }, (_, i) =>
    errorOf(data[2 * i] as number, data[2 * i + 1] as number, width),
  );
}

/** 1 for each window that is used, else 0; undefined if all are. */
export function participation(
  values: Float32Array,
  width: number,
  channels: number,
): Float32Array | undefined {
  let missing = 0;
  const parts = new Float32Array((values.length - width) / channels + 1);
  let isWhole = true;
  for (let at = 0; at < values.length; at++) {
    if (Number.isNaN(values[at])) {
      missing++;
      isWhole = false;
    }
    if (at >= width && Number.isNaN(values[at - width])) missing--;
    const from = at + 1 - width;
    if (from < 0 || from % channels !== 0) continue;
    parts[from / channels] = width - missing >= LEAST_OBSERVED * width ? 1 : 0;
  }
  return isWhole ? undefined : parts;
}
