// The values of one batch in linear memory.

import { round4, strideOf } from '../model/network.js';
import type { Arena } from './memory.js';

/** One batch of values in both layouts: their addresses, and row strides in bytes. */
export interface Tensor {
  readonly samples: number;
  readonly ldSamples: number;
  readonly features: number;
  readonly ldFeatures: number;
}

/** Allocates values of `width` for up to `batch` rows. */
export function takeTensor(arena: Arena, batch: number, width: number): Tensor {
  const ldSamples = strideOf(width) * 4;
  const ldFeatures = strideOf(batch) * 4;
  return {
    samples: arena.take(round4(batch) * ldSamples, 'a batch'),
    ldSamples,
    features: arena.take(round4(width) * ldFeatures, 'a batch'),
    ldFeatures,
  };
}

/** A tensor as the output of an operation, with a row per sample, and its transpose. */
export function samplesOf(to: Tensor) {
  return { c: to.samples, ldc: to.ldSamples, twin: to.features, ldTwin: to.ldFeatures };
}

/** The same with a row per feature. */
export function featuresOf(to: Tensor) {
  return { c: to.features, ldc: to.ldFeatures, twin: to.samples, ldTwin: to.ldSamples };
}
