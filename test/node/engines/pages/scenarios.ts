// The scenarios of the pages in test/node/engines/pages.test.ts; some of them also run in Node for
// comparison.

import type { Autoencoder, AutoencoderOptions, History } from '../../../../src/index.js';
import { fingerprint, hash, pixels } from '../../../support/data.js';
import { turn } from '../../../support/time.js';

type Model = typeof Autoencoder;

/** The results of a fit: the number of workers in each epoch, and the bits of the weights and codes. */
export interface Trained {
  readonly threads: number[];
  readonly weights: string;
  readonly codes: string;
}

/**
 * Enough work for two threads in training and in encoding; see src/training/training-layout.ts and
 * src/inference/inference.ts.
 */
const ROWS = 2100;
const EPOCHS = 3;
const digits = (seed: number) => pixels(ROWS, 784, 0.19, seed);

function options(seed: number, workerUrl: string | undefined): AutoencoderOptions {
  const model = { layers: [784, 64], seed, threads: 2 };
  return workerUrl === undefined ? model : { ...model, workerUrl };
}

const threadsOf = (history: History) => history.map(({ threads }) => threads);

/** Trains a new model and encodes with it. */
export async function train(
  Model: Model,
  workerUrl: string | undefined,
  seed = 1,
): Promise<Trained> {
  const ae = new Model(options(seed, workerUrl));
  const x = digits(seed);
  const history = await ae.fit(x, { epochs: EPOCHS });
  return {
    threads: threadsOf(history),
    weights: fingerprint(ae),
    codes: hash((await ae.encode(x)).data),
  };
}

/** Two models one after the other, each trained twice. */
async function repeat(Model: Model, workerUrl: string | undefined): Promise<number[]> {
  const threads: number[] = [];
  for (const seed of [1, 2]) {
    const ae = new Model(options(seed, workerUrl));
    for (let i = 0; i < 2; i++) {
      const history = await ae.fit(digits(seed), { epochs: EPOCHS });
      threads.push(...threadsOf(history));
      await ae.encode(digits(seed));
    }
  }
  return threads;
}

/** Two models at once. */
function together(Model: Model, workerUrl: string | undefined): Promise<Trained[]> {
  return Promise.all([train(Model, workerUrl, 1), train(Model, workerUrl, 2)]);
}

/** Which methods work in a page that does not allow WebAssembly, and which do not. */
async function withoutWasm(Model: Model): Promise<Record<string, unknown>> {
  const message = (error: Error) => error.message;
  const ae = new Model({ layers: [4, 2], seed: 1 });
  const rows = [[0, 0.2, 0.4, 0.6]];
  const before = fingerprint(ae);
  return {
    fit: await ae.fit(rows).then(String, message),
    again: await ae.fit(rows).then(String, message),
    encode: await ae.encode(rows).then(String, message),
    summary: ae.summary().split('\n').length,
    same: fingerprint(ae) === before,
  };
}

/** Collects the workers that the page starts from now on. */
function watchWorkers(): Worker[] {
  const workers: Worker[] = [];
  const Native = Worker;
  globalThis.Worker = class extends Native {
    constructor(url: string | URL) {
      super(url);
      workers.push(this);
    }
  };
  return workers;
}

/** The results of a call that lost its worker, and of the calls after it. */
export interface Loss {
  readonly message: string;
  /** Whether the same model could be trained further. */
  readonly goesOn: boolean;
  /** The results of a new model. */
  readonly next: Trained;
}

async function afterwards(
  Model: Model,
  workerUrl: string | undefined,
  ae: Autoencoder,
): Promise<Omit<Loss, 'message'>> {
  const history = await ae.fit(digits(1), { epochs: EPOCHS });
  const losses = history.map(({ loss }) => loss);
  const goesOn = (losses[2] as number) < (losses[0] as number);
  return { goesOn, next: await train(Model, workerUrl) };
}

/** During `fit`, one of the workers, all of which run mortal.js, ends at its next job. */
async function lostInFit(Model: Model, workerUrl: string | undefined, end: string): Promise<Loss> {
  const workers = watchWorkers();
  const ae = new Model(options(1, workerUrl));
  const endless = ae.fit(digits(1), {
    epochs: 1_000_000,
    onEpochEnd: ({ epoch }) => {
      if (epoch === 2) workers[workers.length - 1]?.postMessage({ end });
    },
  });
  const message = await endless.then(String, (error: Error) => error.message);
  return { message, ...(await afterwards(Model, workerUrl, ae)) };
}

/** The same during `encode`. */
async function lostInEncode(
  Model: Model,
  workerUrl: string | undefined,
  end: string,
): Promise<Loss> {
  const workers = watchWorkers();
  const ae = new Model(options(1, workerUrl));
  await ae.encode(digits(1));
  workers[0]?.postMessage({ end });
  const message = await ae.encode(digits(1)).then(String, (error: Error) => error.message);
  return { message, ...(await afterwards(Model, workerUrl, ae)) };
}

/** One of the workers ends while idle, and the page has noticed it. */
async function lostIdle(
  Model: Model,
  workerUrl: string | undefined,
): Promise<Omit<Loss, 'message'>> {
  const workers = watchWorkers();
  const ae = new Model(options(1, workerUrl));
  await ae.fit(digits(1), { epochs: EPOCHS });
  // The page waits for one lock per worker.
  const waiting = async () => (await navigator.locks.query()).pending?.length;
  const before = await waiting();
  workers[0]?.postMessage({ end: 'at once' });
  while ((await waiting()) === before) await turn();
  return afterwards(Model, workerUrl, ae);
}

/** Resolves as soon as the page is hidden, or shown. */
function visibility(state: DocumentVisibilityState): Promise<void> {
  return new Promise((resolve) => {
    const look = () => document.visibilityState === state && resolve();
    document.addEventListener('visibilitychange', look);
    look();
  });
}

/** A point that the page reports to its test, which then acts. */
function milestone(name: string): () => void {
  let reached = () => {};
  const milestone = new Promise<void>((resolve) => {
    reached = resolve;
  });
  Object.assign(globalThis, { [name]: milestone });
  return () => reached();
}

/** So many epochs that one timer per second, as in hidden pages, would take too long for a test. */
export const HIDDEN_EPOCHS = 100;

/** Trains one epoch while visible, many while hidden, and one while visible. */
export async function hide(
  Model: Model,
  workerUrl: string | undefined,
  changes?: { afterFirst(): Promise<void>; beforeLast(): Promise<void> },
): Promise<Trained> {
  const ae = new Model(options(1, workerUrl));
  const x = digits(1);
  const history = await ae.fit(x, {
    epochs: HIDDEN_EPOCHS + 2,
    onEpochEnd: async ({ epoch }) => {
      if (epoch === 1) await changes?.afterFirst();
      if (epoch === HIDDEN_EPOCHS + 1) await changes?.beforeLast();
    },
  });
  const threads = [...new Set(threadsOf(history))];
  return { threads, weights: fingerprint(ae), codes: hash((await ae.encode(x)).data) };
}

function hideInPage(Model: Model, workerUrl: string | undefined): Promise<Trained> {
  const begun = milestone('begun');
  const hidden = milestone('hidden');
  return hide(Model, workerUrl, {
    async afterFirst() {
      begun();
      await visibility('hidden');
    },
    async beforeLast() {
      hidden();
      await visibility('visible');
    },
  });
}

/** Trains until the page is closed. */
async function endless(Model: Model, workerUrl: string | undefined): Promise<void> {
  const begun = milestone('begun');
  await new Model(options(1, workerUrl)).fit(digits(1), {
    epochs: 1_000_000,
    onEpochEnd: begun,
  });
}

/** The scenario is in the page's address, and its result in the global `outcome`. */
export function play(Model: Model): void {
  const query = new URLSearchParams(location.search);
  const workerUrl = query.get('workerUrl') ?? undefined;
  const end = query.get('end') ?? '';
  const scenarios: Record<string, () => Promise<unknown>> = {
    train: () => train(Model, workerUrl),
    repeat: () => repeat(Model, workerUrl),
    together: () => together(Model, workerUrl),
    withoutWasm: () => withoutWasm(Model),
    lostInFit: () => lostInFit(Model, workerUrl, end),
    lostInEncode: () => lostInEncode(Model, workerUrl, end),
    lostIdle: () => lostIdle(Model, workerUrl),
    hide: () => hideInPage(Model, workerUrl),
    endless: () => endless(Model, workerUrl),
  };
  const scenario = scenarios[query.get('scenario') ?? ''];
  if (scenario) Object.assign(globalThis, { outcome: scenario() });
}
