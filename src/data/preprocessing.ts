// Prepares rows for the network by filling missing cells and scaling, and converts results back.

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

/** The caller's rows, checked, and with missing cells as the model allows them. */
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
 * Rows together with what the model knows about their columns. With `missing: 'mask'`, numbers may be NaN;
 * bytes cannot. Before the first fit, missing cells are filled with zeros.
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

/** The rows, scaled. With `clip`, values outside the range that the scaler learned are clamped to 0 and 1. */
export function scaled(
  source: RowSource,
  { scaler }: Preprocessing,
  clip: boolean = false,
): RowSource {
  return scaler ? scaledSource(source, scaler, clip) : source;
}

/** The network's results, in the units of the rows that it was trained on. */
export async function inOwnUnits(
  { scaler }: Preprocessing,
  running: Promise<Matrix>,
): Promise<Matrix> {
  const rows = await running;
  if (scaler) await unscale(rows.data, scaler, timeSlices());
  return rows;
}
