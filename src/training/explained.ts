// The fraction of the rows' variance that a model explains.

import { breathe, timeSlices } from '../base/slices.js';
import { floatSource, type RowSource } from '../data/matrix.js';
import { ColumnStatistics } from '../data/scaler.js';
import type { Engine } from '../engine/kernels.js';
import { Inference } from '../inference/inference.js';
import type { OutputColumn } from '../model/columns.js';
import type { Network } from '../model/network.js';

/** More evenly spaced rows than this would change at most the third digit. */
const MAX_ROWS = 10_000;
/** The rows are copied, because the caller may reuse theirs as soon as training has started. */
const MAX_VALUES = 4 * 1024 * 1024;

/**
 * A copy of evenly spaced rows, or of evenly spaced ones among the given row numbers: at most MAX_ROWS rows
 * or MAX_VALUES values.
 */
export async function sampleRows(
  source: RowSource,
  signal: AbortSignal,
  numbers?: Uint32Array,
): Promise<RowSource> {
  const { width, bytes } = source;
  const count = numbers?.length ?? source.rows;
  const rows = Math.max(1, Math.min(count, MAX_ROWS, Math.floor(MAX_VALUES / width)));
  const values = bytes ? new Uint8Array(rows * width) : new Float32Array(rows * width);
  const pause = timeSlices(signal);
  for (let i = 0; i < rows; i++) {
    const at = Math.floor((i * count) / rows);
    const row = numbers?.[at] ?? at;
    source.copy(row, row + 1, values.subarray(i * width, (i + 1) * width));
    await pause();
  }
  const { sparse: _, ...rest } = source;
  return {
    ...rest,
    rows,
    overlap: undefined,
    copy: (from, to, target) => target.set(values.subarray(from * width, to * width)),
  };
}

/**
 * 1 - (squared errors of the reconstructions) / (squares about the column means), over the observed cells
 * of rows as the network takes them; undefined if no column varies. With column weights or categories,
 * whose errors are cross-entropies, the comparison is with the best constant prediction: for a category,
 * the frequencies of its values. The engine's memory is overwritten.
 */
export async function explainedShare(
  engine: Engine,
  network: Network,
  source: RowSource,
): Promise<number | undefined> {
  const { rows, width } = source;
  if (network.columns) return explainedByColumns(engine, network, source, network.columns);
  await breathe();
  const inference = new Inference(engine, network, network, 'error', source, 1);
  await breathe();
  const errors = new Float32Array(rows * inference.outputWidth);
  const pause = timeSlices();
  for (let at = 0; at < rows; await pause()) at = inference.runSlab(source, at, errors);
  await breathe();
  let sum = 0;
  for (let i = 0; i < rows; i++) {
    const [error, cells] = source.missing ? errors.subarray(2 * i, 2 * i + 2) : [errors[i], width];
    if (cells) sum += (error as number) * cells;
  }
  const statistics = new ColumnStatistics(width, 'standard', false);
  const row = source.bytes ? new Uint8Array(width) : new Float32Array(width);
  const values = new Float64Array(width);
  const factor = source.bytes ? 1 / 255 : 1;
  for (let i = 0; i < rows; i++) {
    source.copy(i, i + 1, row);
    for (let j = 0; j < width; j++) values[j] = (row[j] as number) * factor;
    statistics.add(values);
    await pause();
  }
  return statistics.squares > 0 ? 1 - sum / statistics.squares : undefined;
}

async function explainedByColumns(
  engine: Engine,
  network: Network,
  source: RowSource,
  columns: readonly OutputColumn[],
): Promise<number | undefined> {
  const { rows, width } = source;
  await breathe();
  const inference = new Inference(engine, network, network, 'columnErrors', source, 1);
  await breathe();
  const errors = new Float32Array(rows * columns.length);
  const pause = timeSlices();
  for (let at = 0; at < rows; await pause()) at = inference.runSlab(source, at, errors);
  await breathe();
  const floats = floatSource(source);
  const x = new Float32Array(width);
  /** Per cell: the sum of a number; how often a category has this value. */
  const sums = new Float64Array(width);
  const counts = new Float64Array(columns.length);
  let sum = 0;
  for (let i = 0; i < rows; i++) {
    floats.copy(i, i + 1, x);
    for (const [c, { start, size, weight }] of columns.entries()) {
      const error = errors[i * columns.length + c] as number;
      if (Number.isNaN(error)) continue;
      sum += error * weight;
      (counts[c] as number)++;
      for (let j = start; j < start + size; j++) (sums[j] as number) += x[j] || 0;
    }
    await pause();
  }
  let constant = 0;
  for (const [c, { start, size, isCategory, weight }] of columns.entries()) {
    if (!isCategory) continue;
    for (let j = start; j < start + size; j++) {
      const times = sums[j] as number;
      if (times > 0) constant -= weight * times * Math.log(times / (counts[c] as number));
    }
  }
  for (let i = 0; i < rows; i++) {
    floats.copy(i, i + 1, x);
    for (const [c, { start, isCategory, weight }] of columns.entries()) {
      const apart = (x[start] as number) - (sums[start] as number) / (counts[c] as number);
      if (!isCategory && !Number.isNaN(apart)) constant += weight * apart * apart;
    }
    await pause();
  }
  return constant > 0 ? 1 - sum / constant : undefined;
}
