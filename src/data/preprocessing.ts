// Rows as a network takes them: with what stands for missing cells, and scaled; and back again.

import { timeSlices } from '../base/slices.js';
import { type Model, NO_PREPROCESSING, type Preprocessing } from '../model/model.js';
import type { ModelConfig } from '../model/options.js';
import type { Matrix, MatrixInput, RowSource } from './matrix.js';
import { rowSource } from './row-forms.js';
import { scaledSource, unscale } from './scaler.js';

/** Whether cells may be missing. */
export function hasGaps({ missing }: ModelConfig): boolean {
  return missing === 'mask';
}

/** Rows of a caller's, checked, and masked as the model has it. */
export function rowsFor(
  { config, network, preprocessing }: Model,
  name: string,
  x: MatrixInput,
): RowSource {
  return masked(
    rowSource(name, x, network.inputs, 'input', hasGaps(config)),
    config,
    preprocessing,
  );
}

/**
 * Rows with what the model knows of its columns. With `missing: 'mask'`, numbers may be NaN; bytes cannot.
 * Before the first fit, zeros fill.
 */
export function masked(
  source: RowSource,
  { missing, columns }: ModelConfig,
  { fill }: Preprocessing = NO_PREPROCESSING,
): RowSource {
  const names = columns?.names;
  const named = names?.length === source.width ? { ...source, columnNames: names } : source;
  if (missing === 'error' || source.bytes) return named;
  return { ...named, missing: fill ?? new Float32Array(source.width) };
}

/** Rows scaled; with `clip`, what the scaler has not seen stays within 0 and 1. */
export function scaled(
  source: RowSource,
  { scaler }: Preprocessing,
  clip: boolean = false,
): RowSource {
  return scaler ? scaledSource(source, scaler, clip) : source;
}

/** What a network makes, in the units of the rows that it was trained on. */
export async function inOwnUnits(
  { scaler }: Preprocessing,
  running: Promise<Matrix>,
): Promise<Matrix> {
  const rows = await running;
  if (scaler) await unscale(rows.data, scaler, timeSlices());
  return rows;
}
