// A decoder that does not mirror the encoder, in everything that depends on a model's layers.

import { describe, expect, test } from 'vitest';
import { Autoencoder, type AutoencoderOptions } from '../../../src/index.js';
import { toOnnx } from '../../../src/onnx.js';
import { factored, fingerprint } from '../../support/data.js';
import { pack, unpack } from '../../support/files.js';

const X = factored(60, 8, 3, 1);
const OPTIONS: AutoencoderOptions = { layers: [8, 6, 3], activation: 'tanh', seed: 4 };
const shapesOf = (ae: Autoencoder) =>
  Object.entries(ae.parameters).map(([name, { shape }]) => `${name} ${shape.join('x')}`);

describe.each([
  ['shorter', [], ['decoder.0.weight 8x3']],
  ['wider', [7], ['decoder.0.weight 7x3', 'decoder.1.weight 8x7']],
  ['longer', [4, 5, 9], ['decoder.0.weight 4x3', 'decoder.3.weight 8x9']],
] as const)('a decoder that is %s than the encoder', (_, decoderLayers, expected) => {
  const options = { ...OPTIONS, decoderLayers };

  test('has these layers in its parameters, its summary and its halves', async () => {
    const ae = new Autoencoder(options);
    expect(shapesOf(ae)).toEqual(expect.arrayContaining([...expected]));
    expect(shapesOf(ae)).toHaveLength(2 * (2 + decoderLayers.length + 1));
    expect(ae.options.decoderLayers).toEqual(decoderLayers);
    expect(ae.summary().match(/(en|de)coder/g)).toHaveLength(3 + decoderLayers.length);
    expect((await ae.encode(X)).shape).toEqual([60, 3]);
    const codes = ae.encodeSync(X);
    expect(ae.decodeSync(codes).data).toEqual(ae.reconstructSync(X).data);
  });

  test('learns, and is unchanged by a file or an interrupted run', async () => {
    const whole = new Autoencoder(options);
    const [first, ...rest] = await whole.fit(X, { epochs: 30 });
    expect(rest.at(-1)?.loss).toBeLessThan(first?.loss as number);
    const loaded = Autoencoder.load(whole.save());
    expect(loaded.options).toEqual(whole.options);
    expect(fingerprint(loaded)).toBe(fingerprint(whole));
    const half = new Autoencoder(options);
    const signal = new AbortController();
    const onEpochEnd = ({ epoch }: { epoch: number }) => {
      if (epoch === 11) signal.abort();
    };
    const run = half.fit(X, { epochs: 30, signal: signal.signal, onEpochEnd });
    await expect(run).rejects.toThrow();
    const resumed = Autoencoder.load(half.save());
    await resumed.fit(X, { epochs: 30, resume: true });
    expect(fingerprint(resumed)).toBe(fingerprint(whole));
  });

  test('loads from a state dict, and exports its halves to ONNX', () => {
    const ae = new Autoencoder(options);
    const { tensors } = unpack(ae.save({ optimizer: false }));
    const loaded = Autoencoder.load(pack({ metadata: [], tensors }), {
      activation: 'tanh',
      codeActivation: 'linear',
      outputActivation: 'sigmoid',
    });
    expect(loaded.options.decoderLayers).toEqual(decoderLayers);
    expect(loaded.parameters).toEqual(ae.parameters);
    const text = (part: 'encoder' | 'decoder') => String.fromCharCode(...toOnnx(ae, { part }));
    expect(text('encoder')).not.toContain('decoder.0');
    expect(text('decoder')).not.toContain('encoder.0');
    expect(text('decoder')).toContain(`decoder.${decoderLayers.length}.weight`);
  });
});

test('decoderLayers can be combined with code instead of layers', async () => {
  const ae = new Autoencoder({ code: 3, hidden: [6], decoderLayers: [7, 5], seed: 1 });
  await ae.fit({ data: X, shape: [60, 8] }, { epochs: 1 });
  const { layers, decoderLayers } = ae.options;
  expect([layers, decoderLayers]).toEqual([
    [8, 6, 3],
    [7, 5],
  ]);
});

test('decoderLayers that mirror the encoder give the same network', async () => {
  const [given, mirrored] = [{ ...OPTIONS, decoderLayers: [6] }, OPTIONS];
  expect(new Autoencoder(given).parameters).toEqual(new Autoencoder(mirrored).parameters);
});

test.each([
  [
    { decoderLayers: 6 },
    TypeError,
    'decoderLayers must be an array of widths, such as [128], got 6',
  ],
  [{ decoderLayers: [6, 0] }, RangeError, 'decoderLayers[1] must be a positive integer'],
  [{ decoderLayers: ['6'] }, TypeError, "decoderLayers[0] must be a positive integer, got '6'"],
  [
    { decoderLayers: [6], tied: true },
    TypeError,
    'tied needs a decoder that mirrors the encoder: omit decoderLayers',
  ],
])('decoderLayers %j is refused', (wrong, Kind, message) => {
  const make = () => new Autoencoder({ ...OPTIONS, ...(wrong as object) });
  expect(make).toThrow(Kind);
  expect(make).toThrow(message);
});
