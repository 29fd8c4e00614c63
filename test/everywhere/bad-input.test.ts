// Every mistake causes an error that names the argument, what was expected and what was given, and leaves
// the model unchanged: a TypeError for a wrong kind, a RangeError for a wrong value.

import { describe, expect, test } from 'vitest';
import {
  Autoencoder,
  type AutoencoderOptions,
  type FitOptions,
  type MatrixInput,
} from '../../src/index.js';
import { factored, fingerprint, uniform } from '../support/data.js';
import { ACTIVATIONS } from '../support/models.js';

const WIDTH = 4;
const CODE = 3;
const model = () => new Autoencoder({ layers: [WIDTH, CODE], seed: 7 });
const goodRows = () => factored(10, WIDTH, 2, 1);

/** For arguments that are errors in TypeScript, but not in JavaScript. */
const bad = (value: unknown) => value as never;

/** The error that `call` throws, or with which its promise rejects. */
async function errorOf(call: () => unknown): Promise<Error> {
  try {
    await call();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

type ErrorClass = typeof TypeError | typeof RangeError | typeof Error;
/** The exact class of the error, and parts of its message. */
type Expected = readonly [kind: ErrorClass, ...pieces: string[]];

function check(error: Error, [kind, ...pieces]: Expected): void {
  expect(error.constructor, String(error)).toBe(kind);
  for (const piece of pieces) expect(error.message).toContain(piece);
}

/** Asserts that `call` fails as expected, and that the model stays unchanged and usable. */
async function failsUnharmed(
  ae: Autoencoder,
  call: (ae: Autoencoder) => unknown,
  expected: Expected,
): Promise<void> {
  const z = ae.encodeSync(goodRows());
  const before = fingerprint(ae);
  check(await errorOf(() => call(ae)), expected);
  expect(fingerprint(ae)).toBe(before);
  expect(ae.encodeSync(goodRows())).toEqual(z);
  expect(await ae.encode(goodRows())).toEqual(z);
  expect((await ae.fit(goodRows(), { epochs: 1 })).length).toBe(1);
  expect(fingerprint(ae)).not.toBe(before);
}

describe('the constructor', () => {
  const WIDTHS = 'must be a positive integer';
  const cases: [options: unknown, ...Expected][] = [
    [undefined, TypeError, 'options must be an object', 'got undefined'],
    [null, TypeError, 'options must be an object', 'got null'],
    [[4, 3], TypeError, 'options must be an object', 'got Array(2)'],
    [{}, TypeError, 'layers must be an array', 'got undefined'],
    [{ layers: 4 }, TypeError, 'layers must be an array', 'got 4'],
    [{ layers: '4,3' }, TypeError, 'layers must be an array', "got '4,3'"],
    [{ layers: [4, 3], tied: 'yes' }, TypeError, 'tied must be true or false', "got 'yes'"],
    [{ layers: [4, 3], workerUrl: 4 }, TypeError, 'workerUrl must be a URL', 'got 4'],
    [{ layers: [4, 3], workerUrl: '' }, TypeError, 'workerUrl must be a URL', "got ''"],
    [{ layers: [] }, RangeError, 'layers must have at least 2', 'got 0'],
    [{ layers: [4] }, RangeError, 'layers must have at least 2', 'got 1'],
    [{ layers: [4, 0] }, RangeError, 'layers[1]', WIDTHS, 'got 0'],
    [{ layers: [4, -3] }, RangeError, 'layers[1]', WIDTHS, 'got -3'],
    [{ layers: [4.5, 3] }, RangeError, 'layers[0]', WIDTHS, 'got 4.5'],
    [{ layers: [4, Number.NaN] }, RangeError, 'layers[1]', WIDTHS, 'got NaN'],
    [{ layers: [4, Infinity] }, RangeError, 'layers[1]', WIDTHS, 'got Infinity'],
    [{ layers: [4, 2 ** 24 + 1] }, RangeError, 'layers[1]', 'up to 16777216', 'got 16777217'],
    [{ layers: [4, '3'] }, TypeError, 'layers[1]', WIDTHS, "got '3'"],
    [{ layers: [4, null] }, TypeError, 'layers[1]', WIDTHS, 'got null'],
    // biome-ignore lint/suspicious/noSparseArray: a hole is the mistake under test
    [{ layers: [4, , 3] }, TypeError, 'layers[1]', WIDTHS, 'got undefined'],
    [
      { layers: [4, 3], activation: 'rellu' },
      RangeError,
      `activation must be one of ${ACTIVATIONS.map((name) => `'${name}'`).join(', ')}, got`,
      "got 'rellu'",
      "did you mean 'relu'?",
    ],
    [{ layers: [4, 3], activation: 'LeakyReLU' }, RangeError, "did you mean 'leakyRelu'?"],
    [{ layers: [4, 3], activation: 5 }, TypeError, 'activation must be one of', 'got 5'],
    [
      { layers: [4, 3], codeActivation: 'tahn' },
      RangeError,
      'codeActivation must be one of',
      "got 'tahn'",
      "did you mean 'tanh'?",
    ],
    [
      { layers: [4, 3], outputActivation: 'sigmoidal' },
      RangeError,
      'outputActivation must be one of',
      "got 'sigmoidal'",
      "did you mean 'sigmoid'?",
    ],
    [
      { layers: [4, 3], init: 'glorrot' },
      RangeError,
      "init must be one of 'pytorch', 'he', 'glorot'",
      "got 'glorrot'",
      "did you mean 'glorot'?",
    ],
    [
      { layers: [4, 3], scale: 'standart' },
      RangeError,
      "scale must be one of 'auto', 'none', 'minmax', 'standard'",
      "got 'standart'",
      "did you mean 'standard'?",
    ],
    [{ layers: [4, 3], scale: true }, TypeError, 'scale must be one of', 'got true'],
    [
      { layers: [4, 3], missing: 'masked' },
      RangeError,
      "missing must be one of 'error', 'mask'",
      "did you mean 'mask'?",
    ],
    [{ layers: [4, 3], missing: Number.NaN }, TypeError, 'missing must be one of', 'got NaN'],
    [{ layers: [4, 3], seed: -1 }, RangeError, 'seed', 'from 0 to 4294967295', 'got -1'],
    [{ layers: [4, 3], seed: 2 ** 32 }, RangeError, 'seed', 'got 4294967296'],
    [{ layers: [4, 3], seed: 0.5 }, RangeError, 'seed must be an integer', 'got 0.5'],
    [{ layers: [4, 3], seed: Number.NaN }, RangeError, 'seed', 'got NaN'],
    [{ layers: [4, 3], seed: '0' }, TypeError, 'seed must be an integer', "got '0'"],
    [{ layers: [4, 3], threads: 0 }, RangeError, 'threads must be an integer from 1', 'got 0'],
    [{ layers: [4, 3], threads: 1.5 }, RangeError, 'threads', 'got 1.5'],
    [{ layers: [4, 3], threads: Number.NaN }, RangeError, 'threads', 'got NaN'],
    [{ layers: [4, 3], threads: 1e9 }, RangeError, 'threads', 'got 1000000000'],
    [{ layers: [4, 3], threads: 'all' }, TypeError, 'threads', "got 'all'"],
    [{ layer: [4, 3] }, TypeError, "options has no 'layer'", "did you mean 'layers'?"],
    [
      { layers: [4, 3], Code_Activation: 'relu' },
      TypeError,
      "options has no 'Code_Activation'",
      "did you mean 'codeActivation'?",
    ],
  ];
  test.each(cases.map(([options, ...expected]) => ({ options, expected })))(
    'refuses $options',
    async ({ options, expected }) => {
      check(await errorOf(() => new Autoencoder(bad(options))), expected);
    },
  );
});

/** A method that accepts rows, with the argument name, the width and the noun that its errors must use. */
interface Entrance {
  entrance: string;
  name: string;
  width: number;
  what: string;
  call: (ae: Autoencoder, rows: MatrixInput) => unknown;
}

const input = { name: 'x', width: WIDTH, what: 'input' };
const code = { name: 'z', width: CODE, what: 'code' };
const entrances: Entrance[] = [
  { ...input, entrance: 'fit', call: (ae, x) => ae.fit(x) },
  { ...input, entrance: 'partialFit', call: (ae, x) => ae.partialFit(x) },
  { ...input, entrance: 'encode', call: (ae, x) => ae.encode(x) },
  { ...input, entrance: 'reconstruct', call: (ae, x) => ae.reconstruct(x) },
  { ...input, entrance: 'evaluate', call: (ae, x) => ae.evaluate(x) },
  { ...input, entrance: 'reconstructionError', call: (ae, x) => ae.reconstructionError(x) },
  { ...input, entrance: 'score', call: (ae, x) => ae.score(x) },
  { ...input, entrance: 'fitThreshold', call: (ae, x) => ae.fitThreshold(x) },
  {
    ...input,
    entrance: 'isAnomaly',
    call: async (ae, x) => {
      await ae.fitThreshold(goodRows());
      return ae.isAnomaly(x);
    },
  },
  { ...input, entrance: 'explain', call: (ae, x) => ae.explain(x) },
  {
    ...input,
    entrance: 'detect',
    call: (ae, x) => {
      ae.setThreshold(1);
      return ae.detect(x);
    },
  },
  { ...input, entrance: 'scoreSync', call: (ae, x) => ae.scoreSync(x) },
  { ...input, entrance: 'encodeSync', call: (ae, x) => ae.encodeSync(x) },
  { ...input, entrance: 'reconstructSync', call: (ae, x) => ae.reconstructSync(x) },
  { ...code, entrance: 'decode', call: (ae, z) => ae.decode(z) },
  { ...code, entrance: 'decodeSync', call: (ae, z) => ae.decodeSync(z) },
  {
    ...input,
    name: 'validationData',
    entrance: 'fit({ validationData })',
    call: (ae, validationData) => ae.fit(goodRows(), { validationData }),
  },
];

describe.each(entrances)('rows for $entrance', ({ name: n, width: w, what, call }) => {
  const zeros = (length: number) => new Array<number>(length).fill(0);
  /** `rows` valid rows, except that the value at (row, column) is `value`. */
  const spoilt = (rows: number, row: number, column: number, value: number) => {
    const data = Float64Array.from(uniform(rows, w, 1));
    data[row * w + column] = value;
    return data;
  };
  const KINDS = `an array of rows or { data, shape: [rows, ${w}] }`;
  const cases: (readonly [label: string, rows: unknown, ...Expected])[] = [
    // undefined is accepted for validationData.
    ...(n === 'validationData'
      ? []
      : [['nothing', undefined, TypeError, `${n} must be`, KINDS, 'got undefined'] as const]),
    ['a number', 5, TypeError, `${n} must be`, KINDS, 'got 5'],
    ['text', 'pixels', TypeError, `${n} must be`, KINDS, "got 'pixels'"],
    ['an object', { rows: [] }, TypeError, `${n} must be`, KINDS, 'got an Object'],
    [
      'a BigInt64Array',
      new BigInt64Array(w),
      TypeError,
      `${n} must be`,
      `got BigInt64Array(${w}): convert it first, by Float64Array.from(x, Number)`,
    ],
    [
      'rows of bigints',
      [new BigUint64Array(w)],
      TypeError,
      `${n}[0] must be a row`,
      `got BigUint64Array(${w}): convert it first`,
    ],
    ['a bigint', [zeros(w).fill(1n as never)], TypeError, `${n}[0][0] must be a number`, 'got 1n'],
    ['a DataView', new DataView(new ArrayBuffer(4 * w)), TypeError, `${n} must be`, 'a DataView'],
    [
      'an ArrayBuffer',
      new ArrayBuffer(4 * w),
      TypeError,
      `${n} must be`,
      'got an ArrayBuffer: give a typed array of it',
    ],
    [
      'pixels of another size',
      { data: new Uint8ClampedArray(8 * w), width: w, height: 2 },
      RangeError,
      `${n}[0] must have the ${what} width ${w}, got the ${8 * w} of`,
      'every channel of every pixel (RGBA)',
    ],
    [
      'a length that is no multiple',
      new Float32Array(2 * w + 1),
      RangeError,
      `${n} must have a length that is a multiple of the ${what} width ${w}`,
      `got ${2 * w + 1}`,
    ],
    ['too few bytes', new Uint8Array(w - 1), RangeError, `${n} must have`, `got ${w - 1}`],
    [
      'a shape of another width',
      { data: new Float32Array(2 * (w + 1)), shape: [2, w + 1] },
      RangeError,
      `${n} must have the ${what} width ${w}`,
      `got ${w + 1} columns`,
    ],
    [
      'a shape that does not match the data',
      { data: new Float32Array(2 * w), shape: [3, w] },
      RangeError,
      `${n}.data must hold shape[0] * shape[1] = ${3 * w} values`,
      `got ${2 * w}`,
    ],
    [
      'a shape with negative rows',
      { data: new Float32Array(2 * w), shape: [-2, w] },
      RangeError,
      `${n}.data`,
      `got ${2 * w}`,
    ],
    [
      'a shape of three sizes',
      { data: new Float32Array(w), shape: [1, w, 1] },
      TypeError,
      `${n}.shape must be [rows, columns]`,
      `got [1, ${w}, 1]`,
    ],
    ['no shape', { data: new Float32Array(w), shape: undefined }, TypeError, `${n}.shape`],
    [
      'a shape of fractions',
      { data: new Float32Array(w), shape: [0.5, 2 * w] },
      TypeError,
      `${n}.shape`,
      `got [0.5, ${2 * w}]`,
    ],
    [
      'data that is text',
      { data: 'x'.repeat(w), shape: [1, w] },
      TypeError,
      `${n}.data must be a typed array or an array of numbers`,
      `got 'x`,
    ],
    [
      'text in data that is a plain array',
      { data: [...zeros(2 * w - 1), '5'], shape: [2, w] },
      TypeError,
      `${n}.data[${2 * w - 1}] (row 1, column ${w - 1}) must be a number, got '5'`,
    ],
    ['no values', new Float32Array(0), RangeError, `${n} must have at least one row`, 'got none'],
    ['no rows', [], RangeError, `${n} must have at least one row`, 'got none'],
    [
      'a shape without rows',
      { data: new Float32Array(0), shape: [0, w] },
      RangeError,
      `${n} must have at least one row`,
    ],
    [
      'rows of another width',
      [zeros(w + 1)],
      RangeError,
      `${n}[0] must have the ${what} width ${w}`,
      `got ${w + 1} values`,
    ],
    [
      'ragged rows',
      [zeros(w), zeros(w - 1)],
      RangeError,
      `${n}[1] must have the ${what} width ${w}`,
      `got ${w - 1} values`,
    ],
    ['a flat plain array', zeros(w), TypeError, `${n}[0] must be a row`, 'got 0'],
    ['a missing row', [zeros(w), null], TypeError, `${n}[1] must be a row`, 'got null'],
    [
      'rows of numbers and of bytes',
      [new Float32Array(w), new Uint8Array(w)],
      TypeError,
      `${n}[1] must be numbers as ${n}[0] is`,
      `got Uint8Array(${w})`,
    ],
    [
      'text among the numbers',
      [zeros(w), [...zeros(w - 1), '5']],
      TypeError,
      `${n}[1][${w - 1}] must be a number`,
      "got '5'",
    ],
    ['a hole in a row', [new Array(w)], TypeError, `${n}[0][0] must be a number`, 'got undefined'],
    [
      'null in a row',
      [zeros(w), [...zeros(w - 1), null]],
      TypeError,
      `${n}[1][${w - 1}] must be a number, got null`,
      "a missing cell needs a model made with missing: 'mask'",
    ],
    [
      'NaN',
      Float32Array.from(spoilt(3, 1, 2, Number.NaN)),
      RangeError,
      `${n} must be finite`,
      'row 1, column 2',
    ],
    [
      'infinity in a row',
      [zeros(w), [...zeros(w - 1), Infinity]],
      RangeError,
      `${n} must be finite`,
      `row 1, column ${w - 1}`,
    ],
    [
      '-infinity after the first batch',
      { data: spoilt(150, 130, 0, -Infinity), shape: [150, w] },
      RangeError,
      `${n} must be finite`,
      'row 130, column 0',
    ],
    [
      'a double that no float32 can hold',
      spoilt(2, 0, 1, 1e300),
      RangeError,
      `${n} must `, // be finite float32 numbers or, if the scale is learned, close to those from which it was learned
      'row 0, column 1',
      'float32',
    ],
  ];
  test.each(cases.map(([label, rows, ...expected]) => ({ label, rows, expected })))(
    '$label',
    async ({ rows, expected }) => {
      await failsUnharmed(model(), (ae) => call(ae, bad(rows)), expected);
    },
  );
});

describe.each(['none', 'minmax', 'standard'] as const)("missing cells, scale '%s'", (scale) => {
  const ready = async () => {
    const ae = new Autoencoder({ layers: [WIDTH, CODE], scale, missing: 'mask', seed: 7 });
    await ae.fit(goodRows(), { epochs: 1 });
    return ae;
  };
  const calls: Record<string, [name: string, call: (ae: Autoencoder, x: MatrixInput) => unknown]> =
    {
      fit: ['x', (ae, x) => ae.fit(x)],
      'the first fit': ['x', (ae, x) => new Autoencoder(ae.options).fit(x)],
      validationData: ['validationData', (ae, x) => ae.fit(goodRows(), { validationData: x })],
      encode: ['x', (ae, x) => ae.encode(x)],
      encodeSync: ['x', (ae, x) => ae.encodeSync(x)],
      reconstruct: ['x', (ae, x) => ae.reconstruct(x)],
      evaluate: ['x', (ae, x) => ae.evaluate(x)],
      score: ['x', (ae, x) => ae.score(x)],
      impute: ['x', (ae, x) => ae.impute(x)],
      explain: ['x', (ae, x) => ae.explain(x)],
      detect: [
        'x',
        (ae, x) => {
          ae.setThreshold(1);
          return ae.detect(x);
        },
      ],
      scoreSync: ['x', (ae, x) => ae.scoreSync(x)],
    };

  test.each(Object.entries(calls))(
    '%s refuses infinite values, also next to missing cells and empty rows',
    async (_, [name, call]) => {
      const x = uniform(150, WIDTH, 1);
      x.fill(Number.NaN, 130 * WIDTH, 131 * WIDTH);
      x[3] = Number.NaN;
      x[131 * WIDTH + 1] = -Infinity;
      await failsUnharmed(await ready(), (ae) => call(ae, x), [
        RangeError,
        `${name} must be finite`,
        'row 131, column 1 is -Infinity',
      ]);
    },
  );
});

test.each(['minmax', 'standard'] as const)(
  'scale %s cannot be learned from a column that is NaN in every row',
  async (scale) => {
    const ae = new Autoencoder({ layers: [WIDTH, CODE], scale, missing: 'mask', seed: 7 });
    const x = uniform(20, WIDTH, 1).map((value, i) => (i % WIDTH === 2 ? Number.NaN : value));
    const before = fingerprint(ae);
    check(await errorOf(() => ae.fit(x)), [
      RangeError,
      'x must have a value in every column',
      'column 2 is NaN in every row',
    ]);
    expect(fingerprint(ae)).toBe(before);
    expect(ae.scaler).toBe(undefined);
  },
);

describe('rows of fit', () => {
  const wide = () => new Autoencoder({ layers: [1024, 2], seed: 1 });

  // Training data are read in blocks of about a megabyte (256 of these rows). The row in an error must be
  // counted from the first block, whether the rows are compressed or not.
  test.each([
    ['dense', 1],
    ['mostly zero', 0.1],
  ])('a NaN in a later block is named by its row: %s', async (_, share) => {
    const x = uniform(300, 1024, 1).map((value) => (value < share ? value : 0));
    x[280 * 1024 + 7] = Number.NaN;
    check(await errorOf(() => wide().fit(x)), [
      RangeError,
      'x must be finite',
      'row 280, column 7',
    ]);
  });

  test('errors about a value give its place as fields, too', async () => {
    const rows = goodRows();
    rows[7] = 1.5;
    const error = await errorOf(() => model().fit(rows, { loss: 'bce' }));
    const [row, column] = [Math.floor(7 / WIDTH), 7 % WIDTH];
    expect(error).toMatchObject({ input: 'x', row, column, is: '1.5' });
  });

  test.each([1.5, -0.25])('%d is not a valid target for bce', async (value) => {
    const expected = (name: string): Expected => [
      RangeError,
      `${name} must be in [0, 1] with loss 'bce'`,
      `row 1, column 2 is ${value}`,
    ];
    const spoilt = goodRows();
    spoilt[WIDTH + 2] = value;
    await failsUnharmed(model(), (ae) => ae.fit(spoilt, { loss: 'bce' }), expected('x'));
    await failsUnharmed(
      model(),
      (ae) => ae.fit(goodRows(), { loss: 'bce', validationData: spoilt }),
      expected('validationData'),
    );
    // The same rows are valid for mse.
    expect((await model().fit(spoilt, { epochs: 1 })).length).toBe(1);
  });

  test('a target outside [0, 1] in a later block is named by its row', async () => {
    const x = uniform(300, 1024, 1);
    x[280 * 1024 + 7] = 2;
    check(await errorOf(() => wide().fit(x, { loss: 'bce' })), [
      RangeError,
      'row 280, column 7 is 2',
    ]);
  });

  test.each([
    [1, 0.1, 'leave 1 to train on and 0 to validate on'],
    [4, 0.1, 'leave 4 to train on and 0 to validate on'],
    [4, 0.9, 'leave 0 to train on and 4 to validate on'],
  ])(
    '%i rows are too few for a validationSplit of %d',
    async (rows, validationSplit, consequence) => {
      await failsUnharmed(model(), (ae) => ae.fit(uniform(rows, WIDTH, 1), { validationSplit }), [
        RangeError,
        `validationSplit ${validationSplit} needs more rows`,
        consequence,
      ]);
    },
  );
});

describe('options of fit', () => {
  const cases: [options: unknown, ...Expected][] = [
    [5, TypeError, 'fit options must be an object', 'got 5'],
    [null, TypeError, 'fit options must be an object', 'got null'],
    [[], TypeError, 'fit options must be an object', 'got Array(0)'],
    [{ epochs: 0 }, RangeError, 'epochs must be an integer from 1', 'got 0'],
    [{ epochs: -1 }, RangeError, 'epochs', 'got -1'],
    [{ epochs: 1.5 }, RangeError, 'epochs', 'got 1.5'],
    [{ epochs: Number.NaN }, RangeError, 'epochs', 'got NaN'],
    [{ epochs: Infinity }, RangeError, 'epochs', 'got Infinity'],
    [{ epochs: '5' }, TypeError, 'epochs must be an integer', "got '5'"],
    [{ batchSize: 0 }, RangeError, 'batchSize must be an integer from 1', 'got 0'],
    [{ batchSize: 2.5 }, RangeError, 'batchSize', 'got 2.5'],
    [{ batchSize: Number.NaN }, RangeError, 'batchSize', 'got NaN'],
    [{ batchSize: 1e9 }, RangeError, 'batchSize', 'got 1000000000'],
    [{ batchSize: true }, TypeError, 'batchSize', 'got true'],
    [{ learningRate: 0 }, RangeError, 'learningRate must be a number above 0', 'got 0'],
    [{ learningRate: -0.1 }, RangeError, 'learningRate', 'got -0.1'],
    [{ learningRate: 1001 }, RangeError, 'learningRate', 'at most 1000', 'got 1001'],
    [{ learningRate: Number.NaN }, RangeError, 'learningRate', 'got NaN'],
    [{ learningRate: '0.1' }, TypeError, 'learningRate must be a number', "got '0.1'"],
    [{ weightDecay: -1e-9 }, RangeError, 'weightDecay must be a number at least 0', 'got -1e-9'],
    [{ weightDecay: 1.1 }, RangeError, 'weightDecay', 'at most 1', 'got 1.1'],
    [{ weightDecay: Number.NaN }, RangeError, 'weightDecay', 'got NaN'],
    [{ beta1: -0.1 }, RangeError, 'beta1 must be a number at least 0 and below 1', 'got -0.1'],
    [{ beta1: 1 }, RangeError, 'beta1', 'got 1'],
    [{ beta1: Number.NaN }, RangeError, 'beta1', 'got NaN'],
    [{ beta2: -0.1 }, RangeError, 'beta2', 'got -0.1'],
    [{ beta2: 1 }, RangeError, 'beta2 must be a number at least 0 and below 1', 'got 1'],
    [{ beta2: Number.NaN }, RangeError, 'beta2', 'got NaN'],
    [{ epsilon: 0 }, RangeError, 'epsilon must be a number above 0', 'got 0'],
    [{ epsilon: 2 }, RangeError, 'epsilon', 'at most 1', 'got 2'],
    [{ epsilon: Number.NaN }, RangeError, 'epsilon', 'got NaN'],
    // The kernels receive float32.
    [{ learningRate: 1e-50 }, RangeError, 'learningRate', 'above 0 as a float32', 'got 1e-50'],
    [{ epsilon: 1e-60 }, RangeError, 'epsilon', 'above 0 as a float32', 'got 1e-60'],
    [{ clipNorm: 1e-46 }, RangeError, 'clipNorm', 'above 0 as a float32', 'got 1e-46'],
    [{ huberDelta: 1e-50 }, RangeError, 'huberDelta', 'above 0 as a float32', 'got 1e-50'],
    [{ noise: { type: 'gaussian', amount: 1e-50 } }, RangeError, 'noise.amount', 'float32'],
    [{ noise: { type: 'mask', amount: 1e-50 } }, RangeError, 'noise.amount', 'float32'],
    [{ sparsity: { type: 'l1', weight: 1e-50 } }, RangeError, 'sparsity.weight', 'float32'],
    [{ beta1: 1 - 1e-9 }, RangeError, 'beta1', 'also below 1 as a float32', 'which becomes 1'],
    [{ beta2: 1 - 2e-8 }, RangeError, 'beta2', 'also below 1 as a float32', 'which becomes 1'],
    [
      { momentum: 1 - 1e-9 },
      RangeError,
      'momentum',
      'also below 1 as a float32',
      'which becomes 1',
    ],
    [{ validationSplit: -0.1 }, RangeError, 'validationSplit must be', 'at least 0', 'got -0.1'],
    [{ validationSplit: 1 }, RangeError, 'validationSplit', 'below 1', 'got 1'],
    [{ validationSplit: Number.NaN }, RangeError, 'validationSplit', 'got NaN'],
    [{ validationSplit: '10%' }, TypeError, 'validationSplit', "got '10%'"],
    [
      { validationSplit: 0.5, validationData: goodRows() },
      TypeError,
      'validationSplit and validationData cannot be combined',
      'got both',
    ],
    [{ shuffle: 1 }, TypeError, 'shuffle must be true or false', 'got 1'],
    [{ onEpochEnd: 'log' }, TypeError, 'onEpochEnd must be a function', "got 'log'"],
    [{ optimizer: 'adm' }, RangeError, 'optimizer must be one of', "did you mean 'adam'?"],
    [{ optimizer: 1 }, TypeError, 'optimizer must be one of', 'got 1'],
    [{ momentum: 1 }, RangeError, 'momentum must be a number at least 0 and below 1', 'got 1'],
    [{ momentum: Number.NaN }, RangeError, 'momentum', 'got NaN'],
    [{ momentum: '0.9' }, TypeError, 'momentum must be a number', "got '0.9'"],
    [{ clipNorm: 0 }, RangeError, 'clipNorm must be a number above 0', 'got 0'],
    [{ clipNorm: Infinity }, RangeError, 'clipNorm', 'got Infinity'],
    [{ clipNorm: Number.NaN }, RangeError, 'clipNorm', 'got NaN'],
    [{ huberDelta: -1 }, RangeError, 'huberDelta must be a number above 0', 'got -1'],
    [{ huberDelta: Number.NaN }, RangeError, 'huberDelta', 'got NaN'],
    [{ huberDelta: '1' }, TypeError, 'huberDelta must be a number', "got '1'"],
    [{ noise: 0.3 }, TypeError, 'noise must be an object', 'got 0.3'],
    [{ noise: { type: 'gauss', amount: 1 } }, RangeError, 'noise.type', "mean 'gaussian'?"],
    [{ noise: { type: 'gaussian' } }, TypeError, 'noise.amount', 'got undefined'],
    [{ noise: { amount: 1 } }, TypeError, 'noise.type must be one of', 'got undefined'],
    [{ noise: { type: 'gaussian', amount: 0 } }, RangeError, 'noise.amount', 'got 0'],
    [{ noise: { type: 'gaussian', amount: Number.NaN } }, RangeError, 'noise.amount', 'got NaN'],
    [{ noise: { type: 'saltPepper', amount: -0.1 } }, RangeError, 'noise.amount', 'got -0.1'],
    [{ noise: { type: 'mask', amount: 1.5 } }, RangeError, 'noise.amount', 'got 1.5'],
    [{ noise: { type: 'mask', amont: 1 } }, TypeError, "noise has no 'amont'", "'amount'"],
    [{ sparsity: { type: 'l1' } }, TypeError, 'sparsity.weight', 'got undefined'],
    [{ sparsity: 0.1 }, TypeError, 'sparsity must be an object', 'got 0.1'],
    [{ sparsity: { type: 'l2', weight: 1 } }, RangeError, 'sparsity.type must be one of', "'l2'"],
    [{ sparsity: { type: 'l1', weight: 1001 } }, RangeError, 'sparsity.weight', 'got 1001'],
    [{ sparsity: { type: 'l1', weigth: 1 } }, TypeError, "sparsity has no 'weigth'", "'weight'"],
    [{ sparsity: { type: 'l1', weight: 0 } }, RangeError, 'sparsity.weight', 'got 0'],
    [{ sparsity: { type: 'l1', weight: 1, target: 0.1 } }, TypeError, "is for type 'kl'"],
    [{ sparsity: { type: 'kl', weight: 1 } }, RangeError, "codeActivation to be 'sigmoid'"],
    [{ reviveDeadUnits: 1 }, TypeError, 'reviveDeadUnits must be true or false', 'got 1'],
    [{ sampleWeight: 3 }, TypeError, 'sampleWeight must be an array', 'got 3'],
    [{ sampleWeight: [1] }, RangeError, 'one a row of 10, got 1'],
    [{ sampleWeight: Array(10).fill('1') }, TypeError, 'sampleWeight[0]', "got '1'"],
    [{ sampleWeight: Array(10).fill(-1) }, RangeError, 'sampleWeight[0]', 'got -1'],
    [{ sampleWeight: Array(10).fill(Number.NaN) }, RangeError, 'sampleWeight[0]', 'got NaN'],
    [{ sampleWeight: Array(10).fill(0) }, RangeError, 'sampleWeight must not be 0 for every row'],
    [{ onBatchEnd: {} }, TypeError, 'onBatchEnd must be a function', 'got an Object'],
    [{ schedule: 3 }, TypeError, 'schedule must be an object', 'got 3'],
    [{ schedule: {} }, TypeError, 'schedule.type must be one of', 'got undefined'],
    [{ schedule: { type: 'step', every: 0 } }, RangeError, 'schedule.every must be', 'got 0'],
    [{ schedule: { type: 'step', every: '3' } }, TypeError, 'schedule.every must be', "got '3'"],
    [{ schedule: { type: 'step', factor: 1.1 } }, RangeError, 'schedule.factor', 'got 1.1'],
    [{ schedule: { type: 'step', factor: '1' } }, TypeError, 'schedule.factor', "got '1'"],
    [{ schedule: { type: 'cosine', warmup: '1' } }, TypeError, 'schedule.warmup', "got '1'"],
    [{ schedule: { type: 'step', factor: 0 } }, RangeError, 'schedule.factor must be', 'got 0'],
    [{ schedule: { type: 'cosine', warmup: -1 } }, RangeError, 'schedule.warmup', 'got -1'],
    [{ schedule: { type: 'cosine', every: 3 } }, TypeError, "are for type 'step'", "got 'cosine'"],
    [{ schedule: { type: 'step', ever: 3 } }, TypeError, "has no 'ever'", "'every'"],
    [{ earlyStopping: 3 }, TypeError, 'earlyStopping must be an object', 'got 3'],
    [{ earlyStopping: { patience: 0 } }, RangeError, 'earlyStopping.patience', 'got 0'],
    [{ earlyStopping: { patience: '5' } }, TypeError, 'earlyStopping.patience', "got '5'"],
    [{ earlyStopping: { minDelta: Infinity } }, RangeError, 'earlyStopping.minDelta', 'Infinity'],
    [{ earlyStopping: { minDelta: true } }, TypeError, 'earlyStopping.minDelta', 'got true'],
    [{ earlyStopping: { minDelta: -1 } }, RangeError, 'earlyStopping.minDelta', 'got -1'],
    [{ earlyStopping: { restoreBest: 1 } }, TypeError, 'earlyStopping.restoreBest', 'got 1'],
    [{ earlyStopping: { wait: 1 } }, TypeError, "earlyStopping has no 'wait'"],
    [{ resume: 1 }, TypeError, "resume must be true, false or 'auto'", 'got 1'],
    [{ resume: 'Auto' }, TypeError, 'resume', "got 'Auto'"],
    [{ resume: 'auto', reset: true }, TypeError, 'resume and reset cannot be combined'],
    [{ rows: 0 }, RangeError, 'rows must be an integer from 1', 'got 0'],
    [{ rows: 2.5 }, RangeError, 'rows', 'got 2.5'],
    [{ rows: '10' }, TypeError, 'rows must be an integer', "got '10'"],
    [{ reset: 'yes' }, TypeError, 'reset must be true or false', "got 'yes'"],
    [{ resume: true, reset: true }, TypeError, 'resume and reset cannot be combined'],
    [{ resume: true }, Error, 'there is no run to resume'],
    [{ checkpoint: 'file' }, TypeError, 'checkpoint must be an object', "got 'file'"],
    [
      { checkpoint: {} },
      TypeError,
      'checkpoint must have a function onSave, or a path',
      'undefined',
    ],
    [{ checkpoint: { path: '' } }, TypeError, 'checkpoint must have', "got ''"],
    [{ checkpoint: { path: 3 } }, TypeError, 'checkpoint must have', 'got 3'],
    [{ checkpoint: { onSave: 'x' } }, TypeError, 'checkpoint.onSave must be a function', "'x'"],
    [{ checkpoint: { onSave() {}, path: 'a' } }, TypeError, 'cannot be combined, got both'],
    [{ checkpoint: { onSave() {}, every: 0 } }, RangeError, 'checkpoint.every must be', 'got 0'],
    [{ checkpoint: { onSave() {}, evry: 1 } }, TypeError, "has no 'evry'", "'every'"],
    [{ signal: {} }, TypeError, 'signal must be an AbortSignal', 'got an Object'],
    [{ signal: new AbortController() }, TypeError, 'signal', 'got an AbortController'],
    [
      { loss: 'bcee' },
      RangeError,
      "loss must be one of 'mse', 'bce'",
      "got 'bcee'",
      "did you mean 'bce'?",
    ],
    [{ loss: 2 }, TypeError, 'loss must be one of', 'got 2'],
    [
      { schedule: 'cosin' },
      RangeError,
      "schedule must be one of 'cosine', 'constant'",
      "got 'cosin'",
      "did you mean 'cosine'?",
    ],
    [{ epoch: 5 }, TypeError, "fit options has no 'epoch'", "did you mean 'epochs'?"],
    [
      { learning_rate: 0.1 },
      TypeError,
      "fit options has no 'learning_rate'",
      "did you mean 'learningRate'?",
    ],
  ];
  test.each(cases.map(([options, ...expected]) => ({ options, expected })))(
    'fit refuses $options',
    async ({ options, expected }) => {
      await failsUnharmed(model(), (ae) => ae.fit(goodRows(), bad(options)), expected);
    },
  );

  test.each([
    [0, RangeError],
    [1, RangeError],
    [Number.NaN, RangeError],
    ['5%', TypeError],
  ] as const)('%s is not a valid target of the kl penalty', async (target, kind) => {
    const ae = new Autoencoder({ layers: [WIDTH, CODE], codeActivation: 'sigmoid', seed: 7 });
    const sparsity = { type: 'kl', weight: 1, target: bad(target) } as const;
    await failsUnharmed(ae, (it) => it.fit(goodRows(), { sparsity }), [
      kind,
      'sparsity.target must be a number above 0 and below 1',
      `got ${typeof target === 'string' ? `'${target}'` : target}`,
    ]);
  });

  test('partialFit refuses what fit refuses, and options that have no meaning in a single pass', async () => {
    const cases: [options: unknown, ...Expected][] = [
      [5, TypeError, 'partialFit options must be an object', 'got 5'],
      [{ batchSize: 0 }, RangeError, 'batchSize must be an integer from 1', 'got 0'],
      [{ noise: { type: 'mask', amount: 2 } }, RangeError, 'noise.amount', 'got 2'],
      [{ schedule: 'cosine' }, TypeError, "partialFit options has no 'schedule'"],
    ];
    for (const [options, ...expected] of cases) {
      await failsUnharmed(model(), (ae) => ae.partialFit(goodRows(), bad(options)), expected);
    }
  });

  test.each(['linear', 'relu', 'leakyRelu', 'elu', 'tanh'] as const)(
    'bce requires the output activation sigmoid, not %s',
    async (outputActivation) => {
      const ae = new Autoencoder({ layers: [WIDTH, CODE], outputActivation, seed: 7 });
      await failsUnharmed(ae, (it) => it.fit(goodRows(), { loss: 'bce' }), [
        RangeError,
        "loss 'bce' needs the model's outputActivation to be 'sigmoid'",
        `got '${outputActivation}'`,
      ]);
    },
  );
});

test("bce requires targets in [0, 1], which scale 'standard' does not give", async () => {
  const options = {
    layers: [WIDTH, CODE],
    outputActivation: 'sigmoid',
    scale: 'standard',
  } as const;
  check(await errorOf(() => new Autoencoder(options).fit(goodRows(), { loss: 'bce' })), [
    RangeError,
    "loss 'bce' needs",
    "scale to be 'none' or 'minmax', got 'standard'",
  ]);
});

describe('options of other methods', () => {
  const calls: Record<string, (ae: Autoencoder, options: never) => unknown> = {
    fitThreshold: (ae, options) => ae.fitThreshold(goodRows(), options),
    explain: (ae, options) => ae.explain(goodRows(), options),
    detect: (ae, options) => ae.detect(goodRows(), options),
    encodeStream: (ae, options) => ae.encodeStream([goodRows()], options).next(),
    encodeTransform: (ae, options) => ae.encodeTransform(options),
  };
  const cases: [method: keyof typeof calls & string, options: unknown, ...Expected][] = [
    ...Object.keys(calls).flatMap((method): [string, unknown, ...Expected][] => [
      [method, 5, TypeError, `${method} options must be an object`, 'got 5'],
      [method, null, TypeError, `${method} options must be an object`, 'got null'],
      [method, { size: 5 }, TypeError, `${method} options has no 'size'`, 'did you mean'],
    ]),
    ['fitThreshold', { contamination: 0 }, RangeError, 'contamination', 'above 0', 'got 0'],
    ['fitThreshold', { contamination: 0.51 }, RangeError, 'contamination', 'at most 0.5'],
    ['fitThreshold', { contamination: Number.NaN }, RangeError, 'contamination', 'got NaN'],
    ['fitThreshold', { contamination: '1%' }, TypeError, 'contamination', "got '1%'"],
    ['detect', { top: 0 }, RangeError, 'top must be an integer from 1', 'got 0'],
    ['explain', { top: 0 }, RangeError, 'top must be an integer from 1', 'got 0'],
    ['explain', { top: 1.5 }, RangeError, 'top', 'got 1.5'],
    ['explain', { top: 'all' }, TypeError, 'top', "got 'all'"],
    ...['encodeStream', 'encodeTransform'].flatMap((method): [string, unknown, ...Expected][] => [
      [method, { batchSize: 0 }, RangeError, 'batchSize must be an integer from 1', 'got 0'],
      [method, { batchSize: 2 ** 20 + 1 }, RangeError, 'batchSize', 'got 1048577'],
      [method, { batchSize: '64' }, TypeError, 'batchSize', "got '64'"],
    ]),
  ];
  test.each(cases.map(([method, options, ...expected]) => ({ method, options, expected })))(
    '$method refuses $options',
    async ({ method, options, expected }) => {
      const ae = new Autoencoder({ layers: [WIDTH, CODE], missing: 'mask', seed: 7 });
      await failsUnharmed(ae, (it) => calls[method]?.(it, bad(options)), expected);
      expect(ae.threshold).toBe(undefined);
    },
  );
});

describe('calls at the wrong time', () => {
  const z = new Float32Array(CODE);
  const x = new Float32Array(WIDTH);
  const calls: Record<string, (ae: Autoencoder) => unknown> = {
    fit: (ae) => ae.fit(x),
    encode: (ae) => ae.encode(x),
    decode: (ae) => ae.decode(z),
    reconstruct: (ae) => ae.reconstruct(x),
    evaluate: (ae) => ae.evaluate(x),
    reconstructionError: (ae) => ae.reconstructionError(x),
    encodeSync: (ae) => ae.encodeSync(x),
    decodeSync: (ae) => ae.decodeSync(z),
    reconstructSync: (ae) => ae.reconstructSync(x),
    score: (ae) => ae.score(x),
    fitThreshold: (ae) => ae.fitThreshold(x),
    isAnomaly: (ae) => ae.isAnomaly(x),
    explain: (ae) => ae.explain(x),
    detect: (ae) => ae.detect(x),
    scoreSync: (ae) => ae.scoreSync(x),
    impute: (ae) => ae.impute(x),
    encodeStream: (ae) => ae.encodeStream([x]).next(),
    encodeTransform: (ae) => ae.encodeTransform(),
    parameters: (ae) => ae.parameters,
    summary: (ae) => ae.summary(),
  };

  test.each(Object.entries(calls))('%s after dispose()', async (name, call) => {
    const ae = new Autoencoder({ layers: [WIDTH, CODE], missing: 'mask', seed: 7 });
    await ae.fitThreshold(x);
    await call(ae); // works before dispose()
    ae.dispose();
    check(await errorOf(() => call(ae)), [Error, `${name} was called after dispose()`]);
  });

  test.each(
    ['minmax', 'standard'].flatMap((scale) => {
      const names = Object.keys(calls).filter(
        (name) => !['fit', 'parameters', 'summary'].includes(name),
      );
      return names.map((name) => ({ name, scale }));
    }),
  )("$name before fit has learned scale '$scale'", async ({ name, scale }) => {
    const options = { layers: [WIDTH, CODE], missing: 'mask', seed: 7 };
    const ae = new Autoencoder({ ...options, scale } as AutoencoderOptions);
    const expected = ['isAnomaly', 'detect'].includes(name)
      ? 'call fitThreshold first'
      : `needs the scaling that fit learns with scale '${scale}'`;
    check(await errorOf(() => calls[name]?.(ae)), [Error, name, expected]);
    await ae.fit(goodRows(), { epochs: 1 });
    await ae.fitThreshold(goodRows());
    await calls[name]?.(ae);
  });

  test('isAnomaly without a threshold', async () => {
    await failsUnharmed(model(), (ae) => ae.isAnomaly(goodRows()), [
      Error,
      'isAnomaly needs a threshold: call fitThreshold first, after the last fit, or setThreshold',
    ]);
    await failsUnharmed(model(), (ae) => ae.detect(goodRows()), [
      Error,
      'detect needs a threshold',
    ]);
  });

  test.each([
    [undefined, TypeError],
    ['1', TypeError],
    [-1, RangeError],
    [Number.NaN, RangeError],
    [Infinity, RangeError],
  ])('%s is not a valid threshold', async (score, kind) => {
    await failsUnharmed(model(), (ae) => ae.setThreshold(bad(score)), [
      kind,
      'threshold must be a number at least 0',
    ]);
  });

  test('setThreshold after dispose()', () => {
    const ae = model();
    ae.dispose();
    expect(() => ae.setThreshold(1)).toThrow('setThreshold was called after dispose()');
  });

  test("impute on a model made without missing: 'mask'", async () => {
    await failsUnharmed(model(), (ae) => ae.impute(goodRows()), [
      Error,
      "impute needs a model made with the option missing: 'mask'",
    ]);
  });

  test('a transform stream ends with an error when its model is disposed of', async () => {
    const ae = model();
    const { readable, writable } = ae.encodeTransform();
    ae.dispose();
    const ends = [
      errorOf(() => readable.getReader().read()),
      errorOf(() => writable.getWriter().write(x)),
    ];
    for (const error of await Promise.all(ends)) check(error, [Error, 'the model was disposed of']);
  });

  test('dispose() can be called twice, and the seed stays readable', () => {
    const ae = model();
    ae.dispose();
    ae.dispose();
    expect(ae.seed).toBe(7);
  });

  test('dispose() while fit runs rejects the fit', async () => {
    const ae = model();
    const running = ae.fit(goodRows(), { epochs: 1_000_000 });
    ae.dispose();
    check(await errorOf(() => running), [Error, 'disposed of during fit']);
  });

  test('dispose() of one model does not affect others', async () => {
    const [one, other, undisturbed] = [model(), model(), model()];
    const running = other.fit(goodRows(), { epochs: 5 });
    await one.fit(goodRows(), { epochs: 1 });
    one.dispose();
    await running;
    await undisturbed.fit(goodRows(), { epochs: 5 });
    expect(fingerprint(other)).toBe(fingerprint(undisturbed));
  });

  test('a second fit while one runs rejects, and the first continues unchanged', async () => {
    const options: FitOptions<MatrixInput> = { epochs: 5, validationSplit: 0.2 };
    const [ae, undisturbed] = [model(), model()];
    const first = ae.fit(goodRows(), options);
    const second = await errorOf(() => ae.fit(uniform(10, WIDTH, 9), options));
    check(second, [Error, 'fit is already running']);
    expect((await first).length).toBe(5);
    await undisturbed.fit(goodRows(), options);
    expect(fingerprint(ae)).toBe(fingerprint(undisturbed));
    expect((await ae.fit(goodRows(), options)).length).toBe(5);
  });

  test.each([
    [
      'throws',
      (error: Error) => () => {
        throw error;
      },
    ],
    ['rejects', (error: Error) => () => Promise.reject(error)],
  ])('when onEpochEnd %s, so does fit, and the model stays usable', async (_, failing) => {
    const reason = new Error('the disk is full');
    const options = { epochs: 5, schedule: 'constant' } as const;
    const [ae, stopped] = [model(), model()];
    const fail = failing(reason);
    const error = await errorOf(() =>
      ae.fit(goodRows(), {
        ...options,
        onEpochEnd: ({ epoch }) => (epoch === 2 ? fail() : undefined),
      }),
    );
    expect(error).toBe(reason);
    await stopped.fit(goodRows(), { ...options, epochs: 2 });
    expect(fingerprint(ae)).toBe(fingerprint(stopped));
    expect((await ae.fit(goodRows(), { epochs: 1 })).length).toBe(1);
  });

  test('asynchronous methods reject on bad input; only the synchronous ones throw', async () => {
    const names = [
      ...['fit', 'encode', 'decode', 'reconstruct', 'evaluate', 'reconstructionError'],
      ...['score', 'fitThreshold', 'isAnomaly', 'explain', 'detect', 'impute'],
    ];
    for (const name of names) {
      const ae = new Autoencoder({ layers: [WIDTH, CODE], missing: 'mask', seed: 7 });
      await ae.fitThreshold(goodRows());
      const promise = (ae as unknown as Record<string, (x: unknown) => unknown>)[name]?.(5);
      expect(promise, name).toBeInstanceOf(Promise);
      await expect(promise).rejects.toThrow(TypeError);
    }
  });
});

describe('null is refused', () => {
  const ofModels = [
    ...['layers', 'activation', 'codeActivation', 'outputActivation', 'scale', 'missing', 'init'],
    ...['tied', 'seed', 'threads', 'fastMath', 'workerUrl'],
  ];
  const fit = [
    ...['epochs', 'batchSize', 'optimizer', 'learningRate', 'schedule', 'weightDecay', 'momentum'],
    ...['clipNorm', 'beta1', 'beta2', 'epsilon', 'loss', 'huberDelta', 'noise', 'sparsity'],
    ...['reviveDeadUnits', 'sampleWeight', 'validationSplit', 'validationData', 'shuffle', 'rows'],
    ...['earlyStopping', 'resume', 'reset', 'checkpoint', 'onEpochEnd', 'onBatchEnd', 'signal'],
  ];
  const is = (name: string): Expected => [TypeError, `${name} must not be null`];

  test.each(ofModels)('for the option %s of the model', async (name) => {
    check(await errorOf(() => new Autoencoder(bad({ layers: [4, 3], [name]: null }))), is(name));
    new Autoencoder(bad({ layers: [4, 3], ...(name !== 'layers' && { [name]: undefined }) }));
  });

  test.each(fit)('for the option %s of fit', async (name) => {
    const ae = model();
    await failsUnharmed(ae, (it) => it.fit(goodRows(), bad({ [name]: null })), is(name));
    await ae.fit(goodRows(), bad({ epochs: 1, [name]: undefined }));
  });

  test('inside options that are objects, and in other methods', async () => {
    const fits: [options: object, name: string][] = [
      [{ noise: { type: null } }, 'noise.type'],
      [{ sparsity: { type: 'l1', weight: null } }, 'sparsity.weight'],
      [{ schedule: { type: 'step', every: null } }, 'schedule.every'],
      [{ earlyStopping: { patience: null } }, 'earlyStopping.patience'],
      [{ checkpoint: { onSave() {}, every: null } }, 'checkpoint.every'],
    ];
    for (const [options, name] of fits) {
      await failsUnharmed(model(), (ae) => ae.fit(goodRows(), bad(options)), is(name));
    }
    const calls: [name: string, call: (ae: Autoencoder, options: never) => unknown][] = [
      ['contamination', (ae, options) => ae.fitThreshold(goodRows(), options)],
      ['top', (ae, options) => ae.explain(goodRows(), options)],
      ['batchSize', (ae, options) => ae.encodeStream([goodRows()], options).next()],
      ['epsilon', (ae, options) => ae.partialFit(goodRows(), options)],
      ['optimizer', (ae, options) => ae.save(options)],
      ['seed', (ae, options) => Autoencoder.load(ae.save(), options)],
    ];
    for (const [name, call] of calls) {
      await failsUnharmed(model(), (ae) => call(ae, bad({ [name]: null })), is(name));
    }
    for (const call of [calls[4], calls[5]]) {
      check(await errorOf(() => call?.[1](model(), bad(null))), [TypeError, 'must be an object']);
    }
  });
});
