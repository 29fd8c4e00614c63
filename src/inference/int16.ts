// 16-bit weights for rows of bytes, which assembly/kernels/int16.ts multiplies.

import type { Arena } from '../engine/memory.js';
import type { Layer } from '../model/network.js';

/** Columns per panel. */
const PANEL = 32;
/** Rows that share the scratch, and the bytes that they share: assembly/program/integers.ts. */
const ROWS = 16;
const SHARED_BYTES = 384;
/** The largest sum of rounded weights whose product with bytes fits into 32 bits. */
const MOST = Math.floor((2 ** 31 - 1) / 255);

/** A layer's weights as multiples of each column's step: addresses. */
export interface IntegerLayer {
  readonly weights: number;
  /** Bytes of a panel. */
  readonly panelBytes: number;
  /** The factor of each column's sum, one float per column: its step / 255. */
  readonly scales: number;
}

/**
 * The quantisation step of a column of weights: the smallest one with which each weight is an i16 and no
 * sum of products with bytes exceeds 32 bits. The rounding error of a weight is at most half a step.
 */
export function stepOf(weights: Float32Array): number {
  let largest = 0;
  let sum = 0;
  for (const weight of weights) {
    largest = Math.max(largest, Math.abs(weight));
    sum += Math.abs(weight);
  }
  // Rounding adds at most half a step per weight, and 2 allow for the rounding of the step itself.
  return Math.max(largest / 32767, sum / (MOST - weights.length / 2 - 2));
}

/** Stores a layer's weights, whose rows are inputs, in panels. */
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

/** Allocates scratch for a thread's rows of this many bytes. */
export function takeIntegerScratch(arena: Arena, inputs: number): number {
  const wide = Math.ceil(inputs / 16) * 32;
  const indices = Math.ceil((Math.ceil(inputs / 2) * 2 + 16) / 16) * 16;
  return arena.take(SHARED_BYTES + ROWS * (wide + indices), 'scratch');
}
