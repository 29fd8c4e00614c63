// Several input files are one table.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { npyHeader } from '../../../src/cli/tables/npy-header.js';
import { called } from '../../support/node/cli.js';
import { stored } from '../../support/node/zip.js';

let folder: string;
const write = (name: string, text: string | Uint8Array) => writeFileSync(join(folder, name), text);
const read = (name: string) => readFileSync(join(folder, name));

type Row = Record<'x' | 'y' | 'z', number>;
/** Values in [0, 1] that bytes can represent exactly. */
const rows = Array.from({ length: 30 }, (_, i): Row => {
  const value = (k: number) => ((i * k) % 11) * 0.2;
  return { x: value(3) / 2, y: value(5) / 2, z: value(7) / 2 };
});
const table = (part: readonly Row[], names: readonly (keyof Row)[], header = true) =>
  `${header ? `${names.join()}\n` : ''}${part.map((row) => names.map((name) => row[name]).join()).join('\n')}`;
const NAMES = ['x', 'y', 'z'] as const;
const [FIRST, SECOND] = [rows.slice(0, 20), rows.slice(20)];

async function ok(args: readonly string[], input = '') {
  const { code, stdout, stderr } = await called(folder, args, input);
  expect(code === 0 ? '' : stderr).toBe('');
  return stdout.toString();
}

async function failure(code: number, ...args: string[]): Promise<string> {
  const { stderr, ...outcome } = await called(folder, args);
  expect([outcome.code, stderr]).toEqual([code, expect.stringMatching(/^autoencoder-wasm: .*\n/m)]);
  return /^autoencoder-wasm: (.*)/m.exec(stderr)?.[1] as string;
}

const FLAGS = ['--code', '2', '--seed', '1', '--epochs', '3', '-q'];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'autoencoder-wasm-'));
  write('all.csv', table(rows, NAMES));
  write('a.csv', table(FIRST, NAMES)); // without a line end in the last line
  write('b.csv', table(SECOND, NAMES));
  write('turned.csv', table(SECOND, ['z', 'x', 'y']));
  write('bare.csv', table(SECOND, NAMES, false));
  write('b.jsonl', SECOND.map((row) => `${JSON.stringify(row)}\n`).join(''));
  write('lacking.csv', table(SECOND, ['x', 'y']));
  write('bad.csv', 'x,y,z\n\n1,1,1\n1,oops,1\n');
  const numbers = Float64Array.from(SECOND.flatMap(({ x, y, z }) => [x, y, z]));
  const type = { element: 'float64', isBigEndian: false } as const;
  write('b.npy', Buffer.concat([npyHeader(10, 3, type), Buffer.from(numbers.buffer)]));
  await ok(['train', 'all.csv', ...FLAGS, '--missing', 'mask', '-o', 'm']);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('train on several files gives the same model as on one', () => {
  test.each([
    [['a.csv', 'b.csv']],
    [['a.csv', 'turned.csv']],
    [['a.csv', 'bare.csv']],
    [['a.csv', 'b.npy']],
    [['a.csv', 'b.jsonl']],
    [['a.csv', 'turned.csv', '--columns', 'x,y,z']],
  ])('for %j', async (data) => {
    await ok(['train', ...data, ...FLAGS, '--missing', 'mask', '-o', 'two']);
    expect(read('two').equals(read('m'))).toBe(true);
  });

  test('with --stream', async () => {
    const flags = [...FLAGS, '--stream'];
    await ok(['train', 'all.csv', ...flags, '-o', 'one']);
    await ok(['train', 'a.csv', 'turned.csv', ...flags, '-o', 'two']);
    expect(read('two').equals(read('one'))).toBe(true);
  });

  test.each([[[]], [['--stream']]])('for bytes next to numbers %j', async (how) => {
    const type = { element: 'pixel', isBigEndian: false } as const;
    const bytes = SECOND.flatMap(({ x, y, z }) => [x, y, z].map((value) => value * 255));
    write('b8.npy', Buffer.concat([npyHeader(10, 3, type), Buffer.from(bytes)]));
    const flags = [...FLAGS, ...how];
    await ok(['train', 'b.npy', 'b8.npy', ...flags, '-o', 'two']);
    await ok(['train', 'b8.npy', 'b.npy', ...flags, '-o', 'three']);
    await ok(['train', 'b.npy', 'b.npy', ...flags, '-o', 'one']);
    const error = async (model: string) =>
      JSON.parse(await ok(['evaluate', '-m', model, 'all.csv', '--json'])).mse;
    const expected = await error('one');
    // 1 / 255 cannot be represented as float32, so the last bit of an input may differ.
    for (const name of ['two', 'three']) expect(await error(name)).toBeCloseTo(expected, 5);
  });
});

describe('other commands on several files give the same output as on one', () => {
  test.each([['encode'], ['reconstruct'], ['score'], ['evaluate'], ['impute']])(
    '%s',
    async (task) => {
      // The text of cells is copied.
      const expected = await ok([task, '-m', 'm', 'all.csv']);
      const end = task === 'impute' && !expected.endsWith('\n') ? '\n' : '';
      expect(await ok([task, '-m', 'm', 'a.csv', 'b.csv'])).toBe(expected + end);
      expect(await ok([task, '-m', 'm', 'a.csv', '-'], table(SECOND, NAMES))).toBe(expected + end);
    },
  );

  test('encode writes a single NPY array', async () => {
    await ok(['encode', '-m', 'm', 'all.csv', '-o', 'one.npy', '-q']);
    await ok(['encode', '-m', 'm', 'b.npy', 'a.csv', '-o', 'two.npy', '-q']);
    await ok(['encode', '-m', 'm', 'b.npy', 'b.npy', '-o', 'three.npy', '-q']);
    expect(read('two.npy').length).toBe(read('one.npy').length);
    expect(read('three.npy').subarray(0, 128)).toEqual(npyHeader(20, 2));
  });

  test('anomalies reports the file and the row within it', async () => {
    const whole = (await ok(['anomalies', '-m', 'm', 'all.csv', '--threshold', '0', '-q']))
      .trim()
      .split('\n');
    const parts = (await ok(['anomalies', '-m', 'm', 'a.csv', 'b.csv', '--threshold', '0', '-q']))
      .trim()
      .split('\n');
    const place = (line: string) => {
      const [row, ...rest] = line.split(',');
      const number = Number(row);
      const file = number > 20 ? ['b.csv', number - 20] : ['a.csv', number];
      return [...file, ...rest].join();
    };
    expect(parts).toEqual([`file,${whole[0]}`, ...whole.slice(1).map(place)]);
    const json = await ok([
      'anomalies',
      '-m',
      'm',
      'a.csv',
      'b.csv',
      '--all',
      '--threshold',
      '9',
      '--json',
    ]);
    expect(
      json
        .trim()
        .split('\n')
        .slice(19, 21)
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { file: 'a.csv', row: 20 },
      { file: 'b.csv', row: 1 },
    ]);
  });
});

describe('standard input may be', () => {
  const forms: [string, () => Uint8Array][] = [
    ['JSON lines', () => read('b.jsonl')],
    ['JSON lines, compressed', () => gzipSync(read('b.jsonl'))],
    ['NPY', () => read('b.npy')],
    ['NPY in the order of Fortran', () => inColumns(read('b.npy'))],
    ['NPZ', () => stored('x.npy', read('b.npy'))],
    ['NPZ, compressed again', () => gzipSync(stored('x.npy', read('b.npy')))],
  ];
  test.each(forms)('%s', async (_, bytes) => {
    const expected = await ok(['encode', '-m', 'm', 'b.csv']);
    const { code, stdout, stderr } = await called(folder, ['encode', '-m', 'm', '-'], bytes());
    expect([code, stderr, stdout.toString()]).toEqual([0, '', expected]);
  });

  test('an NPZ file that is compressed again is read by its name', async () => {
    write('b.npz.gz', gzipSync(stored('x.npy', read('b.npy'))));
    const expected = await ok(['encode', '-m', 'm', 'b.csv']);
    expect(await ok(['encode', '-m', 'm', 'b.npz.gz'])).toBe(expected);
  });

  /** The same array in column-major order. */
  function inColumns(npy: Buffer): Buffer {
    const header = npy
      .toString('latin1', 0, 128)
      .replace("'fortran_order': False", "'fortran_order': True ");
    const numbers = new Float64Array(Uint8Array.from(npy.subarray(128)).buffer);
    const turned = numbers.map((_, i) => numbers[(i % 10) * 3 + Math.floor(i / 10)] as number);
    return Buffer.concat([Buffer.from(header, 'latin1'), Buffer.from(turned.buffer)]);
  }
});

describe('impute copies rows of several files and formats', () => {
  beforeAll(() => {
    write('gap.csv', 'x;y;z\n0.50;;1\n');
    write('gap.jsonl', '{"x":0.250,"y":null,"z":1}\n');
    write('renamed.csv', 'x;why;z\n0.50;;1\n');
    const type = { element: 'float32', isBigEndian: false } as const;
    const numbers = Float32Array.of(0.5, Number.NaN, 1);
    write('gap.npy', Buffer.concat([npyHeader(1, 3, type), Buffer.from(numbers.buffer)]));
  });
  const GAP = String.raw`0\.\d+`;

  test.each([
    [['gap.csv', 'gap.csv'], `^x;y;z\n0\\.50;${GAP};1\n0\\.50;${GAP};1\n$`],
    [['gap.csv', 'gap.jsonl'], `^x;y;z\n0\\.50;${GAP};1\n0\\.250;${GAP};1\n$`],
    [['gap.jsonl', 'gap.csv'], `^{"x":0\\.250,"y":${GAP},"z":1}\n{"x":0\\.50,"y":${GAP},"z":1}\n$`],
    [['gap.csv', 'gap.npy'], `^x;y;z\n0\\.50;${GAP};1\n0\\.5;${GAP};1\n$`],
  ])('%j', async (data, expected) => {
    expect(await ok(['impute', '-m', 'm', ...data])).toMatch(new RegExp(expected));
  });

  test('arrays become a single array', async () => {
    await ok(['impute', '-m', 'm', 'gap.npy', 'gap.npy', '-o', 'filled.npy', '-q']);
    const bytes = read('filled.npy');
    expect(bytes.subarray(0, 128)).toEqual(npyHeader(2, 3));
    expect(bytes.length).toBe(128 + 2 * 3 * 4);
    expect(await failure(2, 'impute', '-m', 'm', 'gap.npy', 'b.npy')).toBe(
      'rows of npy of float64 cannot follow those of npy of float32; use --output-format csv',
    );
  });

  test('columns of different names are an error', async () => {
    expect(await failure(1, 'impute', '-m', 'm', 'gap.csv', 'renamed.csv')).toMatch(
      /^renamed\.csv: it has no column 'y', which gap\.csv has; /,
    );
  });
});

describe('errors name the file', () => {
  test.each([
    [
      1,
      ['lacking.csv'],
      "lacking.csv: it has no column 'z', which a.csv has; the nearest name is 'x'",
    ],
    [1, ['none.csv'], 'none.csv: no such file or folder'],
    [1, ['bad.csv'], "bad.csv, line 4, column 2 (y): 'oops' is not a number"],
    [2, ['-', '-'], 'only one DATA can be standard input (-)'],
  ])('exit code %i for a.csv and %j', async (code, more, expected) => {
    expect(await failure(code, 'encode', '-m', 'm', 'a.csv', ...more, '-o', 'no')).toBe(expected);
    expect(await failure(code, 'train', 'a.csv', ...more, ...FLAGS, '-o', 'no')).toBe(expected);
  });

  test('if tables without names differ in width', async () => {
    write('two.csv', '1,1\n1,1\n');
    expect(await failure(1, 'train', 'bare.csv', 'two.csv', ...FLAGS, '-o', 'no')).toBe(
      'two.csv: it has 2 columns, and bare.csv has 3',
    );
  });

  test('if the library refuses a value', async () => {
    write('seven.csv', 'x,y,z\n\n1,1,1\n1,7,1\n');
    const bce = ['--loss', 'bce', '--output-activation', 'sigmoid', '--scale', 'none'];
    const { code, stderr } = await called(folder, [
      'train',
      'a.csv',
      'seven.csv',
      ...FLAGS,
      ...bce,
      '--json',
      '-o',
      'no',
    ]);
    expect([code, JSON.parse(stderr)]).toEqual([
      1,
      {
        error:
          'seven.csv, line 4, row 2, column 2 (y): it is 7, and rows must be in [0, 1] with --loss bce',
        ...{ file: 'seven.csv', line: 4, row: 2, column: 2, name: 'y' },
      },
    ]);
  });

  test('if an input would be overwritten', async () => {
    expect(await failure(2, 'encode', '-m', 'm', 'a.csv', 'b.csv', '-o', 'b.csv')).toBe(
      '--output is the same file as DATA (b.csv), which would be overwritten',
    );
  });

  test('info accepts a single model', async () => {
    expect(await failure(2, 'info', 'm', 'a.csv')).toBe("one MODEL is expected, also got 'a.csv'");
  });
});
