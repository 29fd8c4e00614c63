// The bytes of ONNX files; test/node/exchange/runtimes.test.ts runs such files.

import { expect, test } from 'vitest';
import { Autoencoder } from '../../src/index.js';
import { type OnnxOptions, type OnnxPart, toOnnx } from '../../src/onnx.js';
import { sha256 } from '../support/data.js';
import { ACTIVATIONS } from '../support/models.js';

const ae = new Autoencoder({ layers: [3, 2], codeActivation: 'leakyRelu', seed: 7 });

// Hashes of files that test/node/exchange/runtimes.test.ts has checked in ONNX runtimes.
test('an exported file has exactly these bytes', async () => {
  const parts: OnnxPart[] = ['encoder', 'decoder', 'full'];
  const hashes = await Promise.all(parts.map((part) => sha256(toOnnx(ae, { part }))));
  expect(hashes).toEqual([
    'ef8d555fd0c26377484318e8be86d5d4154d4b0eef22f60d9c758356ef6949cf',
    '3c85a74d0c04dab108e910ace7339c77a6a607d9267ff94128f675b509eabb80',
    '329667ff74c81082e28e0310497f4c0ba8f1ddd3cd3a260ca8311979a5876d69',
  ]);
  expect(toOnnx(ae)).toEqual(toOnnx(ae, { part: 'full' }));
});

test('each activation becomes its ONNX operator', () => {
  const operators = ['Elu', 'Erf', 'LeakyRelu', 'Mul', 'Relu', 'Sigmoid', 'Softplus', 'Tanh'];
  const used = ACTIVATIONS.map((activation) => {
    const model = new Autoencoder({ layers: [3, 2], codeActivation: activation, seed: 7 });
    const text = String.fromCharCode(...toOnnx(model, { part: 'encoder' }));
    return [
      activation,
      operators.filter((name) => text.includes(`\x22${String.fromCharCode(name.length)}${name}`)),
    ];
  });
  expect(Object.fromEntries(used)).toEqual({
    relu: ['Relu'],
    leakyRelu: ['LeakyRelu'],
    elu: ['Elu'],
    tanh: ['Tanh'],
    sigmoid: ['Sigmoid'],
    softplus: ['Softplus'],
    silu: ['Mul', 'Sigmoid'],
    gelu: ['Erf', 'Mul'],
    linear: [],
  });
});

const bad: [options: unknown, error: Error][] = [
  ['encoder', new TypeError("toOnnx options must be an object, got 'encoder'")],
  [
    { parts: 1 },
    new TypeError("toOnnx options has no 'parts'; did you mean 'part'? (known: part)"),
  ],
  [{ part: 1 }, new TypeError("part must be one of 'encoder', 'decoder', 'full', got 1")],
  [
    { part: 'all' },
    new RangeError(
      "part must be one of 'encoder', 'decoder', 'full', got 'all'; did you mean 'full'?",
    ),
  ],
];
test.each(bad)('the options %j are refused', (options, error) => {
  expect(() => toOnnx(ae, options as OnnxOptions)).toThrow(error);
});
