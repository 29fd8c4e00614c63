// The settings of a run, chosen with the controls or in the page's address.

import type { AutoencoderOptions, FitOptions, Noise } from 'autoencoder-wasm';
import { SETS } from './sets.js';

/** A way to train: the options that differ from the library's defaults. */
export interface Recipe {
  readonly label: string;
  readonly model: Partial<AutoencoderOptions>;
  readonly fit: Partial<FitOptions>;
}

/** The noise that the recipe “Denoising” adds to the input pictures. */
export const NOISE: Noise = { type: 'gaussian', amount: 0.3 };

export const RECIPES: Readonly<Record<string, Recipe>> = {
  defaults: { label: 'Defaults', model: {}, fit: {} },
  denoising: {
    label: 'Denoising',
    model: {},
    fit: { noise: NOISE },
  },
  paper: {
    label: 'Paper (ReLU)',
    model: { activation: 'relu', codeActivation: 'relu', outputActivation: 'relu' },
    fit: { learningRate: 0.001, schedule: 'constant', weightDecay: 1e-5 },
  },
};

/** Layer widths from the image to the code; a code of two numbers is a map already. */
export const LAYERS: readonly string[] = [
  '784-64',
  '784-32',
  '784-16',
  '784-128-32',
  '784-256-64-10',
  '784-256-64-2',
];

export const EPOCHS: readonly number[] = [10, 30, 100];

/** The least time per epoch in milliseconds: it takes about 60 on its own, which is too fast to watch. */
export const PACES: Readonly<Record<string, { label: string; milliseconds: number }>> = {
  slow: { label: 'Slow', milliseconds: 1000 },
  calm: { label: 'Calm', milliseconds: 150 },
  fast: { label: 'Fast', milliseconds: 0 },
};

export interface Choice {
  /** The set of pictures. */
  data: string;
  layers: string;
  recipe: string;
  epochs: number;
  pace: string;
  /** The largest number of worker threads. */
  threads: number;
  seed: number;
  /** The number of training pictures. */
  rows: number;
}

/** The number of threads that the page can use: one per core where memory may be shared. */
export function mostThreads(): number {
  return globalThis.crossOriginIsolated ? Math.min(navigator.hardwareConcurrency, 16) : 1;
}

/**
 * Reads the settings from the address, as in ?layers=784-32&recipe=paper&epochs=10&rows=2000. Missing or
 * invalid values give the defaults.
 */
export function choiceFromAddress(search: string): Choice {
  const query = new URLSearchParams(search);
  const named = (name: string, known: readonly string[], usual: string): string => {
    const given = query.get(name) ?? usual;
    return known.includes(given) ? given : usual;
  };
  const integer = (name: string, least: number, most: number, usual: number): number => {
    const given = Number(query.get(name) ?? usual);
    return Number.isInteger(given) && given >= least && given <= most ? given : usual;
  };
  const data = named('data', Object.keys(SETS), 'digits');
  const { count = 0, unseen = 0 } = SETS[data] ?? {};
  return {
    data,
    layers: named('layers', LAYERS, '784-64'),
    recipe: named('recipe', Object.keys(RECIPES), 'defaults'),
    epochs: integer('epochs', 1, 1000, 30),
    pace: named('pace', Object.keys(PACES), 'calm'),
    threads: integer('threads', 1, mostThreads(), mostThreads()),
    seed: integer('seed', 0, 2 ** 32 - 1, 0),
    rows: integer('rows', 100, count - unseen, count - unseen),
  };
}

/** Returns the query for these settings; parameters for other things (the theme) stay as they were. */
export function addressOf(choice: Choice, search: string): string {
  const query = new URLSearchParams(search);
  for (const name of Object.keys(choice)) query.delete(name);
  const usual = choiceFromAddress(`?data=${choice.data}`);
  for (const [name, value] of Object.entries(choice)) {
    const isUsual = value === (name === 'data' ? 'digits' : usual[name as keyof Choice]);
    if (!isUsual) query.set(name, String(value));
  }
  return query.size > 0 ? `?${query}` : location.pathname;
}
