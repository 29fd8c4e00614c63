// Which options there are, and where one belongs that was given elsewhere.

import { meant } from './synonyms.js';

/** Of the constructor. */
export const MODEL_NAMES = [
  'layers',
  'hidden',
  'code',
  'activation',
  'codeActivation',
  'outputActivation',
  'scale',
  'missing',
  'columns',
  'init',
  'tied',
  'seed',
  'threads',
  'fastMath',
  'workerUrl',
];

/** Of `fit`. */
export const FIT_NAMES = [
  ...['epochs', 'batchSize', 'optimizer', 'learningRate', 'schedule', 'weightDecay', 'beta1'],
  ...['beta2', 'epsilon', 'momentum', 'clipNorm', 'loss', 'huberDelta', 'noise', 'sparsity'],
  ...['reviveDeadUnits', 'sampleWeight', 'validationSplit', 'validationData', 'shuffle'],
  ...[
    'rows',
    'earlyStopping',
    'resume',
    'reset',
    'checkpoint',
    'onEpochEnd',
    'onBatchEnd',
    'signal',
  ],
];

/** What to say of an option that is none of `names`, but the constructor's or fit's. */
export function elsewhere(name: string, names: readonly string[]): string | undefined {
  if (meant(name, names) !== undefined) return undefined;
  for (const [place, others] of [
    ['new Autoencoder', MODEL_NAMES],
    ['fit', FIT_NAMES],
  ] as const) {
    if (others.includes(name)) return `, which is an option of ${place}`;
    const known = meant(name, others);
    if (known !== undefined) return `; did you mean '${known}', which is an option of ${place}?`;
  }
  return undefined;
}
