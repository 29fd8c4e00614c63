// impute fills missing cells, and does not change a byte of the others.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { floatToHalf, halfToFloat } from '../../../src/cli/tables/array-cells.js';
import type { Element } from '../../../src/cli/tables/array-layout.js';
import { guessFormat } from '../../../src/cli/tables/formats.js';
import { valuesOf } from '../../../src/cli/tables/json-cells.js';
import { npyHeader } from '../../../src/cli/tables/npy-header.js';
import { type Route, transformFile } from '../../../src/cli/transform.js';
import { Autoencoder } from '../../../src/index.js';

let folder: string;
let ae: Autoencoder;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'autoencoder-wasm-'));
  ae = new Autoencoder({ layers: [2, 1], missing: 'mask', scale: 'standard', seed: 1 });
  await ae.fit(
    Float64Array.from({ length: 40 }, (_, i) => 1.7e9 + i),
    { epochs: 1 },
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The output of impute for a file. */
async function impute(
  name: string,
  contents: string | Uint8Array,
  read: Route['read'] = {},
  to = `out-${name}`,
): Promise<Buffer> {
  writeFileSync(join(folder, name), contents);
  await transformFile(ae, 'impute', {
    from: join(folder, name),
    read,
    to: join(folder, to),
    format: to.startsWith('out-') ? undefined : guessFormat(to),
  });
  return readFileSync(join(folder, to));
}

/** A number of the size of the training data, as filled cells have. */
const filled = /1[67]\d{8}(?:\.\d+)?(?=[,;"}\]\s]|$)/;

describe('text files', () => {
  test('observed cells keep their text, and columns that were not chosen keep their places', async () => {
    const text = [
      'id,date,"a ""b""",note,c',
      '007,20240201,1700000001,"x, ""y""\nz",1.7e9',
      ' 8 ,1.10,,plain,"1700000002"',
      '9,,"",, 1.70e9 ',
      '9,,1.70e9,,\\N\t',
      '',
      '10,x,1700000003.250,,1700000004',
      '',
    ].join('\r\n');
    const out = (await impute('a.csv', text, { columns: '3,5' })).toString();
    const lines = out.split('\r\n');
    const before = text.split('\r\n').filter((line, i) => line !== '' || i === 7);
    for (const i of [0, 1, 5, 6]) expect(lines[i]).toBe(before[i]);
    const [a, b, c] = lines.slice(2) as [string, string, string];
    expect(a.replace(filled, 'GAP')).toBe(' 8 ,1.10,GAP,plain,"1700000002"');
    expect(b.replace(filled, 'GAP')).toBe('9,,GAP,, 1.70e9 ');
    expect(c.replace(filled, 'GAP')).toBe('9,,1.70e9,,GAP\t');
  });

  test('separators are kept, and other output formats have the same texts', async () => {
    const text = 'a;n;b\n1700000001;x,y;\n1.70e9;z;1700000002\n';
    const options = { columns: 'a,b' };
    const same = (await impute('b.csv', text, options)).toString();
    expect(same.replace(filled, (it) => (it === '1700000001' ? it : 'GAP'))).toContain('a;n;b\n');
    expect(same.split('\n')[2]).toBe('1.70e9;z;1700000002');
    const json = (await impute('b.csv', text, options, 'b.jsonl')).toString().split('\n');
    expect(json[0]).toMatch(/^\{"a":1700000001,"n":"x,y","b":1[67]\d{8}\}$/);
    expect(json[1]).toBe('{"a":1.70e9,"n":"z","b":1700000002}');
    const npy = await impute('b.csv', text, options, 'b.npy');
    expect(npy.toString('latin1')).toContain("'<f8'");
    expect(npy.readDoubleLE(128)).toBe(1700000001);
    expect(npy.readDoubleLE(128 + 24)).toBe(1700000002);
  });

  test.each(['npz', 'idx'])(
    'a format that can only be read is refused as output: %s',
    async (format) => {
      await expect(impute('b.csv', 'a,b\n1700000001,\n', {}, `b.${format}`)).rejects.toThrow(
        `${format} can be read but not written; use one of csv, tsv, jsonl, npy`,
      );
      expect(existsSync(join(folder, `b.${format}`))).toBe(false);
    },
  );

  test('JSON lines keep their objects, keys and spaces', async () => {
    const lines = [
      '{"t": 1700000001, "v": 1700000002.10, "note": {"v": [1, "}"]}}',
      '{ "note":"a\\"b", "t":null , "v": 1.7e9 }',
      '{"v": 1700000003}',
    ];
    const out = await impute('c.jsonl', `${lines.join('\n')}\n`, { columns: 't,v' });
    const got = out.toString().split('\n');
    expect(got[0]).toBe(lines[0]);
    expect(got[1]?.replace(filled, 'GAP')).toBe('{ "note":"a\\"b", "t":GAP , "v": 1.7e9 }');
    expect(got[2]?.replace(/"t":.*/, '')).toBe('{"v": 1700000003,');
    const arrays = await impute('d.jsonl', '[ 1700000001 , null]\n[1.70e9,1]\n');
    expect(arrays.toString()).toMatch(/^\[ 1700000001 , 1[67]\d{8}\]\n\[1.70e9,1\]\n$/);
  });

  test('a line of JSON is split into its values', () => {
    const text = '{"a\\"": [1, {"x": "]"}], "b" :-1.5e3,"c":"\\\\"}';
    expect(valuesOf(text).map(({ key, from, to }) => [key, text.slice(from, to)])).toEqual([
      ['a"', '[1, {"x": "]"}]'],
      ['b', '-1.5e3'],
      ['c', '"\\\\"'],
    ]);
    expect(valuesOf(' [ ] ')).toEqual([]);
  });
});

describe('arrays', () => {
  const npy = (element: Element, data: ArrayBufferView, isBigEndian = false) =>
    Buffer.concat([
      npyHeader(2, 2, { element, isBigEndian }),
      Buffer.from(data.buffer as ArrayBuffer),
    ]);

  test('keep their type and their values', async () => {
    const doubles = npy('float64', Float64Array.of(1700000001.25, Number.NaN, 0.1, 1700000002));
    const out = await impute('e.npy', doubles);
    expect(out.subarray(0, 136)).toEqual(doubles.subarray(0, 136));
    expect(out.subarray(144)).toEqual(doubles.subarray(144));
    expect(out.readDoubleLE(136)).toBeGreaterThan(1.6e9);
    const longs = npy('int64', BigInt64Array.of(2n ** 62n + 1n, 1n, -1n, 7n));
    expect(await impute('f.npy', longs)).toEqual(longs);
    expect((await impute('f.npy', longs, {}, 'f.csv')).toString()).toBe(
      '4611686018427387905,1\n-1,7\n',
    );
    const swapped = npy('float64', Float64Array.of(1700000001, Number.NaN, 0.1, 2), true);
    swapped.subarray(128).swap64();
    const back = await impute('g.npy', swapped);
    expect(back.readDoubleBE(136)).toBeGreaterThan(1.6e9);
    expect(back.subarray(144)).toEqual(swapped.subarray(144));
  });

  test('half precision numbers are converted in both directions', () => {
    for (let bits = 0; bits < 0x7c00; bits++) {
      expect(floatToHalf(halfToFloat(bits))).toBe(bits);
      expect(floatToHalf(-halfToFloat(bits) || -1)).toBe(bits ? bits | 0x8000 : 0xbc00);
    }
    expect(floatToHalf(1e9)).toBe(0x7bff);
    expect(floatToHalf(0.1)).toBe(0x2e66);
  });
});
