// Models behind a Proxy, as frameworks create them.

import { reactive, ref } from '@vue/reactivity';
import { proxy, snapshot } from 'valtio/vanilla';
import { describe, expect, test } from 'vitest';
import { Autoencoder, type Matrix } from '../../../src/index.js';
import { toOnnx } from '../../../src/onnx.js';
import { SMALL, SMALL_ROWS } from '../../support/models.js';

/** Ways in which a framework holds a model, possibly as a Proxy. */
const HOLDERS: Record<string, (ae: Autoencoder) => Autoencoder> = {
  'a Proxy': (ae) => new Proxy(ae, {}),
  'a Proxy of a Proxy': (ae) => new Proxy(new Proxy(ae, {}), {}),
  "Vue's ref": (ae) => ref(ae).value as Autoencoder,
  "Vue's reactive": (ae) => reactive({ deep: { ae } }).deep.ae as Autoencoder,
  "Valtio's proxy": (ae) => proxy({ ae }).ae,
  "Valtio's snapshot": (ae) => snapshot(proxy({ ae })).ae as Autoencoder,
};

describe.each(Object.entries(HOLDERS))('inside %s', (_, hold) => {
  test('a model trains, computes and saves as usual', async () => {
    const [bare, given] = [new Autoencoder(SMALL), new Autoencoder(SMALL)];
    const held = hold(given);
    await bare.fit(SMALL_ROWS, { epochs: 2 });
    await held.fit(SMALL_ROWS, { epochs: 2 });
    expect(held).toBeInstanceOf(Autoencoder);
    expect(held.epochs).toBe(2);
    expect(held.seed).toBe(SMALL.seed);
    expect(held.save()).toEqual(bare.save());
    expect(given.save()).toEqual(bare.save());
    expect((await held.encode(SMALL_ROWS)).data).toEqual(bare.encodeSync(SMALL_ROWS).data);
    expect(toOnnx(held)).toEqual(toOnnx(bare));
    expect(`${held}`).toBe(`${bare}`);
    const codes: Matrix[] = [];
    for await (const some of held.encodeStream([SMALL_ROWS])) codes.push(some);
    expect(codes[0]?.data).toEqual(bare.encodeSync(SMALL_ROWS).data);
    await held.fitThreshold(SMALL_ROWS);
    expect(given.threshold).toBe(held.threshold);
    held.dispose();
    expect(() => given.save()).toThrow(/dispose/);
  });
});

test('results and input rows may be proxies, too', () => {
  const ae = new Autoencoder(SMALL);
  const codes = ae.encodeSync(SMALL_ROWS);
  const [held, kept] = [reactive({ codes }).codes as Matrix, proxy({ codes }).codes as Matrix];
  for (const one of [held, kept]) {
    expect(one.row(1)).toEqual(codes.row(1));
    expect(one.toJSON()).toEqual(codes.toJSON());
    expect(ae.decodeSync(one)).toEqual(ae.decodeSync(codes));
  }
  const rows = codes.toArray();
  expect(ae.decodeSync(reactive(rows))).toEqual(ae.decodeSync(rows));
  expect(ae.decodeSync(proxy(rows))).toEqual(ae.decodeSync(rows));
});

test('a method detached from its model keeps its name and length, and rejects when called', async () => {
  const { encode } = new Autoencoder(SMALL);
  expect(encode.name).toBe('encode');
  expect(encode.length).toBe(2);
  await expect(encode(SMALL_ROWS)).rejects.toThrow(TypeError);
});

test('models have no enumerable properties', () => {
  const ae = new Autoencoder(SMALL);
  expect(Object.keys(ae)).toEqual([]);
  expect({ ...ae }).toEqual({});
});
