// Random combinations of model options, fit options and forms of rows, and the invariants that hold for
// each: every other way to do the same gives the same bits.

import fc from 'fast-check';
import { Autoencoder, type AutoencoderOptions, type MatrixInput } from '../../src/index.js';
import { LOSSES, type Loss } from '../../src/model/losses.js';
import { Network } from '../../src/model/network.js';
import { asFloats, generator } from './data.js';
import { ACTIVATIONS, type Fit, INITS } from './models.js';
import { SHARED_MEMORY } from './threads.js';

const FORMS = ['bytes', 'bytes in rows', 'floats', 'doubles', 'int16', 'nested', 'shaped'] as const;
type Form = (typeof FORMS)[number];

const options = fc.record({
  layers: fc.oneof(
    fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 6 })),
    fc.tuple(...[9, 8, 5].map((max) => fc.integer({ min: 1, max }))),
    fc.tuple(...[20, 17, 9, 3].map((max) => fc.integer({ min: 1, max }))),
  ),
  activation: fc.constantFrom(...ACTIVATIONS),
  codeActivation: fc.option(fc.constantFrom(...ACTIVATIONS), { nil: undefined }),
  outputActivation: fc.option(fc.constantFrom(...ACTIVATIONS), { nil: undefined }),
  scale: fc.constantFrom('auto', 'none', 'minmax', 'standard'),
  missing: fc.constantFrom('error', 'mask'),
  init: fc.constantFrom(...INITS),
  tied: fc.boolean(),
  /** For networks that are not tied: the encoder's layers reversed, or a decoder of its own depth. */
  decoderLayers: fc.option(fc.array(fc.integer({ min: 1, max: 11 }), { maxLength: 3 }), {
    nil: undefined,
  }),
  seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
} as const);

const fit = fc.record({
  epochs: fc.integer({ min: 1, max: 4 }),
  batchSize: fc.integer({ min: 1, max: 40 }),
  optimizer: fc.constantFrom('adam', 'adamw', 'sgd'),
  learningRate: fc.constantFrom(0.0005, 0.002, 0.02, 0.3),
  schedule: fc.constantFrom(
    ...(['cosine', 'constant', 'step'] as const),
    ...([{ type: 'cosine', warmup: 1.5 }] as const),
    ...([{ type: 'step', every: 1, factor: 0.5 }] as const),
  ),
  weightDecay: fc.constantFrom(0, 1e-4, 0.1),
  clipNorm: fc.constantFrom(undefined, 0.01, 1),
  loss: fc.constantFrom(...(Object.keys(LOSSES) as Loss[])),
  noise: fc.constantFrom(
    undefined,
    ...(['gaussian', 'mask', 'saltPepper'] as const).map((type) => ({ type, amount: 0.25 })),
  ),
  sparsity: fc.constantFrom(
    undefined,
    ...(['l1', 'kl'] as const).map((type) => ({ type, weight: 0.01 })),
  ),
  reviveDeadUnits: fc.boolean(),
  shuffle: fc.boolean(),
  earlyStopping: fc.constantFrom(
    false,
    true,
    { patience: 1, minDelta: 0.01 },
    { patience: 1, restoreBest: false },
  ),
} as const);

const combination = fc.record({
  options,
  fit,
  form: fc.constantFrom(...FORMS),
  otherForm: fc.constantFrom(...FORMS),
  rows: fc.integer({ min: 4, max: 50 }),
  data: fc.integer({ min: 0, max: 2 ** 31 }),
  density: fc.constantFrom(0.2, 0.9),
  gaps: fc.boolean(),
  weighted: fc.boolean(),
  validation: fc.constantFrom('none', 'split', 'data'),
  streamed: fc.integer({ min: 0, max: 3 }).map((n) => n === 0),
  cut: fc.integer({ min: 1, max: 3 }),
  threads: fc.integer({ min: 1, max: 16 }),
});
type Combination = typeof combination extends fc.Arbitrary<infer T> ? T : never;

/** Integers from 0 to 255 that most forms can hold. */
function bytesOf(rows: number, width: number, { data, density }: Combination): Uint8Array {
  const random = generator(data);
  return new Uint8Array(rows * width).map(() => {
    const value = 1 + Math.floor(255 * random());
    return random() < density ? value : 0;
  });
}

const isBytes = (form: Form) => form.startsWith('bytes');

/** Rows in the given form. All forms but bytes have the same numbers, which `unit` keeps in [0, 1]. */
function inForm(
  form: Form,
  bytes: Uint8Array,
  width: number,
  unit: boolean,
  gaps: boolean,
): MatrixInput {
  const cut = <T>(flat: { subarray(from: number, to: number): T; length: number }): T[] =>
    Array.from({ length: flat.length / width }, (_, i) =>
      flat.subarray(i * width, (i + 1) * width),
    );
  if (form === 'bytes') return bytes;
  if (form === 'bytes in rows') return cut(bytes);
  // Each row keeps its first cell, and each column every other one: more cells than are held out.
  const isGap = (i: number) =>
    gaps && Math.floor(i / width) % 2 === 1 && i % width > 0 && (i * 7) % 5 < 2;
  const whole = form === 'int16' && !gaps;
  const number = (value: number) => {
    if (unit) return whole ? Number(value > 127) : Math.fround(value / 255);
    return whole ? 3 * value - 300 : Math.fround(value / 255) * 40 - 11;
  };
  const flat = Float64Array.from(bytes, (value, i) =>
    isGap(i) ? Number.NaN : Math.fround(number(value)),
  );
  if (whole) return Int16Array.from(flat);
  const plain = (values: Float64Array) =>
    Array.from(values, (value, i) => (Number.isNaN(value) ? [null, undefined][i % 2] : value));
  if (form === 'nested') return cut(flat).map(plain);
  if (form === 'shaped') return { data: plain(flat), shape: [bytes.length / width, width] };
  return form === 'floats' ? Float32Array.from(flat) : flat;
}

/** The same rows as one flat array. */
function flatOf(x: MatrixInput): Float32Array {
  const cells = (row: unknown) =>
    row instanceof Uint8Array
      ? asFloats(row)
      : Float32Array.from(
          row as ArrayLike<number | null | undefined>,
          (cell) => cell ?? Number.NaN,
        );
  if (ArrayBuffer.isView(x)) return cells(x);
  if ('shape' in x) return cells(x.data);
  const parts = (x as unknown[]).map(cells);
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

/** Everything that training leaves behind, or why it failed. */
interface Outcome {
  readonly failure: string | undefined;
  readonly losses: readonly (number | undefined)[];
  readonly threads: readonly number[];
  readonly file: Uint8Array;
  readonly ae: Autoencoder;
}

async function outcome(
  ae: Autoencoder,
  x: Parameters<Autoencoder['fit']>[0],
  given: Fit,
): Promise<Outcome> {
  let failure: string | undefined;
  try {
    await ae.fit(x, given);
  } catch (error) {
    failure = `${error}`;
    // Any other failure is a bug, since all these combinations are allowed.
    if ((error as Error).name !== 'DivergenceError') throw error;
  }
  const { history } = ae;
  const losses = history.flatMap(({ loss, validationLoss }) => [loss, validationLoss]);
  return { failure, losses, threads: history.map(({ threads }) => threads), file: ae.save(), ae };
}

const text = (value: unknown) =>
  JSON.stringify(value, (_, v) => (v === undefined ? 'undefined' : v));

function same(what: string, actual: unknown, expected: unknown): void {
  if (text(actual) !== text(expected)) {
    throw new Error(
      `${what}: ${text(actual)?.slice(0, 500)} instead of ${text(expected)?.slice(0, 500)}`,
    );
  }
}

function sameBits(what: string, actual: Float32Array, expected: Float32Array): void {
  sameBytes(what, new Uint8Array(actual.slice().buffer), new Uint8Array(expected.slice().buffer));
}

function sameBytes(what: string, actual: Uint8Array, expected: Uint8Array): void {
  const at = expected.findIndex((byte, i) => byte !== actual[i]);
  if (at >= 0 || actual.length !== expected.length) {
    throw new Error(`${what}: ${actual.length} bytes, the first other one is number ${at}`);
  }
}

function sameOutcome(what: string, actual: Outcome, expected: Outcome): void {
  same(`${what}, failure`, actual.failure, expected.failure);
  same(`${what}, losses`, actual.losses, expected.losses);
  sameBytes(`${what}, file`, actual.file, expected.file);
}

/** Makes every fit within `run` use as many workers as it may, whatever its size. */
async function inWorkers<T>(run: () => Promise<T>): Promise<T> {
  const real = Object.getOwnPropertyDescriptor(
    Network.prototype,
    'parameterCount',
  ) as PropertyDescriptor;
  // Only this number decides whether a run uses workers.
  Object.defineProperty(Network.prototype, 'parameterCount', {
    get: () => Infinity,
    configurable: true,
  });
  try {
    return await run();
  } finally {
    Object.defineProperty(Network.prototype, 'parameterCount', real);
  }
}

/** Adjusts the options so that they are valid together: some need others. */
function settled(c: Combination): { model: AutoencoderOptions; given: Fit; gaps: boolean } {
  const model = { ...c.options, threads: 1 } as AutoencoderOptions;
  const given = { ...c.fit } as Fit;
  if (given.sparsity?.type === 'kl') model.codeActivation = 'sigmoid';
  if (given.loss === 'bce') {
    model.outputActivation = 'sigmoid';
    if (model.scale === 'standard') model.scale = 'minmax';
  }
  if (model.tied) delete model.decoderLayers;
  const gaps = c.gaps && model.missing === 'mask' && !isBytes(c.form);
  for (const options of [model, given] as Record<string, unknown>[]) {
    for (const name of Object.keys(options)) if (options[name] === undefined) delete options[name];
  }
  return { model, given, gaps };
}

/** Counts how often each feature was tried, to be sure that all were. */
export class Counts extends Map<string, number> {
  add(what: string): void {
    this.set(what, (this.get(what) ?? 0) + 1);
  }

  override toString(): string {
    return [...this].map(([what, count]) => `${what} ${count}`).join(', ');
  }
}

/** Trains one combination in every possible way, and throws if any result differs. */
async function check(c: Combination, counts: Counts): Promise<void> {
  const { model, given, gaps } = settled(c);
  const width = model.layers?.[0] as number;
  const unit = given.loss === 'bce' || c.data % 2 === 0;
  const x = inForm(c.form, bytesOf(c.rows, width, c), width, unit, gaps);
  const make = (more: object = {}) => new Autoencoder({ ...model, ...more } as AutoencoderOptions);

  const canHold = !c.streamed && c.validation === 'split';
  if (canHold) given.validationSplit = 0.25;
  const other = bytesOf(5, width, { ...c, data: c.data + 1 });
  const hasGaps = c.gaps && model.missing === 'mask';
  const validation = inForm(c.otherForm, other, width, unit, hasGaps);
  if (c.validation === 'data') given.validationData = validation;
  if (c.weighted && !c.streamed) {
    given.sampleWeight = Float32Array.from({ length: c.rows }, (_, i) => (i % 3) + 0.5);
  }
  const chunks = (size: number) => () => {
    const [flat, parts]: [MatrixInput, MatrixInput[]] = [
      isBytes(c.form) ? bytesOf(c.rows, width, c) : flatOf(x),
      [],
    ];
    for (let at = 0; at < c.rows; at += size)
      parts.push(flat.subarray(at * width, (at + size) * width));
    return parts;
  };
  const source = c.streamed ? chunks(3) : x;
  if (c.streamed) given.rows = c.rows;

  const plain = await outcome(make(), source, given);
  counts.add(plain.failure ? 'diverged' : 'trained');
  if (model.decoderLayers) counts.add('a decoder of its own');
  for (const loss of plain.losses) {
    if (loss !== undefined && !Number.isFinite(loss)) throw new Error(`a loss is ${loss}`);
  }
  const numbers = isBytes(c.form) ? x : flatOf(x);
  sameOutcome('again', await outcome(make(), source, given), plain);
  if (c.streamed) {
    counts.add('stream');
    sameOutcome('other chunks', await outcome(make(), chunks(11), given), plain);
  } else if (!isBytes(c.form)) {
    counts.add('another form');
    sameOutcome('as floats', await outcome(make(), numbers, given), plain);
  }
  if (given.validationData) {
    counts.add('validation data');
    const floats = { ...given, validationData: flatOf(validation) };
    sameOutcome('validation as floats', await outcome(make(), source, floats), plain);
  }
  if (SHARED_MEMORY && c.threads >= 15) {
    counts.add('threads');
    const threaded = await inWorkers(() =>
      outcome(make({ threads: c.threads - 13 }), source, given),
    );
    sameOutcome('threads', threaded, plain);
    if (threaded.threads.some((threads) => threads < 2)) throw new Error('no threads were used');
  }

  const epochs = plain.ae.epochs;
  if (!plain.failure && c.cut < epochs) {
    counts.add('resumed');
    const stopped = make();
    await stopped.fit(source, { ...given, onEpochEnd: ({ epoch }) => epoch < c.cut });
    same('epochs when stopped', stopped.epochs, c.cut);
    for (const [what, ae] of [
      ['loaded', Autoencoder.load(stopped.save(), { threads: 1 })],
      ['stopped', stopped],
    ] as const) {
      const whole = await outcome(ae, source, { ...given, resume: true });
      sameBytes(`resumed, ${what}`, whole.file, plain.file);
    }
  }

  const { ae } = plain;
  const loaded = Autoencoder.load(plain.file, { threads: 1 });
  sameBytes('saved again', loaded.save(), plain.file);
  // If the first epoch diverged, there is no scaler.
  if (plain.failure && ae.epochs === 0) return;
  const flat = isBytes(c.form) ? bytesOf(c.rows, width, c) : flatOf(x);
  const some = [0, c.rows >> 1, c.rows - 1].map(
    (i) => [i, flat.subarray(i * width, (i + 1) * width)] as const,
  );
  // One task after the other, since a model keeps only the last program it has laid out.
  const codes = await ae.encode(x);
  sameBits('codes once loaded', (await loaded.encode(x)).data, codes.data);
  sameBits('codes at once', ae.encodeSync(x).data, codes.data);
  for (const [i, row] of some) {
    sameBits('the code of a row', ae.encodeSync(row).data, codes.row(i));
  }
  const scores = await ae.score(x);
  sameBits('scores at once', ae.scoreSync(x), scores);
  for (const [i, row] of some) {
    sameBits('the score of a row', ae.scoreSync(row), scores.subarray(i, i + 1));
  }
  const back = await ae.reconstruct(x);
  for (const [i, row] of some) {
    sameBits('a row reconstructed', ae.reconstructSync(row).data, back.row(i));
  }
  ae.setThreshold(0.01);
  const detected = await ae.detect(x, { top: 1 });
  sameBits(
    'scores of detect',
    Float32Array.from(detected, ({ score }) => score),
    scores,
  );
  if (ae.options.missing === 'mask') {
    counts.add('gaps');
    const complete = await ae.impute(x);
    const given = flatOf(x);
    sameBits(
      'cells that were there',
      given.map((v, i) => (Number.isNaN(v) ? v : (complete.data[i] as number))),
      given,
    );
    if (!complete.data.every(Number.isFinite)) throw new Error('a gap was not filled');
  }
  sameBits('decode', (await ae.decode(codes)).data, back.data);
}

/**
 * Tries this many combinations. Throws at the first that fails, reduced to the smallest one that still
 * fails.
 */
export async function fuzzOptions(cases: number, seed: number): Promise<Counts> {
  const counts = new Counts();
  await fc.assert(
    fc.asyncProperty(combination, (c) => check(c, counts)),
    { numRuns: cases, seed },
  );
  return counts;
}
