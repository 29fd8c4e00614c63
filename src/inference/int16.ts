// Weights of 16 bits for rows of bytes: assembly/kernels/int16.ts multiplies them.

import type { Arena } from '../engine/memory.js';
import type { Layer } from '../model/network.js';

/** Columns of a panel. */
const PANEL = 32;
/** Rows that share the scratch, and bytes of it that are theirs together: assembly/program/integers.ts. */
const ROWS = 16;
const SHARED_BYTES = 384;
/** The largest sum of weights, in steps, whose sum with bytes fits into 32 bits. */
const MOST = Math.floor((2 ** 31 - 1) / 255);

/** A layer's weights in steps of its columns: addresses. */
export interface IntegerLayer {
  readonly weights: number;
  /** Bytes of a panel. */
  readonly panelBytes: number;
  /** What a column's sum is multiplied by, a float a column: its step / 255. */
  readonly scales: number;
}

/**
 * The step of a column of weights: the smallest with which each of them is an i16, and no sum of theirs
 * with bytes leaves 32 bits, so that the least is lost. A weight is off by half of it at the most.
 */
export function stepOf(weights: Float32Array): number {
  let largest = 0;
  let sum = 0;
  for (const weight of weights) {
    largest = Math.max(largest, Math.abs(weight));
    sum += Math.abs(weight);
  }
  // Rounding adds half a step a weight, and 2 leave room for that of the step itself.
  return Math.max(largest / 32767, sum / (MOST - weights.length / 2 - 2));
}

/** Lays a layer's weights, rows of inputs, out in panels. */
export function placeIntegers(arena: Arena, layer: Layer, block: Float32Array): IntegerLayer {
  const { inputs, outputs, stride } = layer;
  const panels = Math.ceil(outputs / PANEL);
  const panelBytes = Math.ceil(inputs / 2) * PANEL * 4;
  const weights = arena.take(panels * panelBytes, 'the weights');
  const scales = arena.floats(panels * PANEL, 'the weights');
  const { buffer } = arena.memory;
  const steps = new Int16Array(buffer, weights, (panels * panelBytes) / 2).fill(0);
  const factors = new Float32Array(buffer, scales, panels * PANEL).fill(0);
  const column = new Float32Array(inputs);
  for (let j = 0; j < outputs; j++) {
    for (let k = 0; k < inputs; k++) column[k] = block[layer.weights + k * stride + j] as number;
    const factor = Math.fround(stepOf(column) / 255);
    factors[j] = factor;
    if (factor === 0) continue;
    const at = Math.floor(j / PANEL) * (panelBytes / 2) + (j % PANEL) * 2;
    for (let k = 0; k < inputs; k++) {
      steps[at + (k >> 1) * 2 * PANEL + (k & 1)] = Math.round(
        (column[k] as number) / (factor * 255),
      );
    }
  }
  return { weights, panelBytes, scales };
}

/** Scratch for a thread's rows of this many bytes. */
export function takeIntegerScratch(arena: Arena, inputs: number): number {
  const wide = Math.ceil(inputs / 16) * 32;
  const indices = Math.ceil((Math.ceil(inputs / 2) * 2 + 16) / 16) * 16;
  return arena.take(SHARED_BYTES + ROWS * (wide + indices), 'scratch');
}
