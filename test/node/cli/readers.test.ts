// The readers and writers of the command line, without processes: every format gives the same rows, however
// its bytes are divided.

import { execFileSync } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Input } from '../../../src/cli/byte-input.js';
import type { Output } from '../../../src/cli/output.js';
import { batchRows } from '../../../src/cli/tables/batch.js';
import { MAX_NUMBER_BYTES, writeNumber } from '../../../src/cli/tables/cells.js';
import { readCsv } from '../../../src/cli/tables/csv.js';
import { guessFormat, rowWriter, sniffFormat } from '../../../src/cli/tables/formats.js';
import { npyHeader } from '../../../src/cli/tables/npy-header.js';
import { openRows } from '../../../src/cli/tables/open-rows.js';
import type { ReadOptions, RowReader } from '../../../src/cli/tables/reader.js';
import { stored } from '../../support/node/zip.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'autoencoder-wasm-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, contents: string | Uint8Array): string {
  writeFileSync(join(folder, name), contents);
  return join(folder, name);
}

/** The bytes in pieces of one size. */
function input(contents: string | Uint8Array, piece = 2 ** 20): Input {
  const bytes = Buffer.from(contents);
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
  }
  return new Input('test.csv', chunks());
}

interface Table {
  columns: readonly string[] | undefined;
  rows: number[][];
}

async function rowsOf(reader: RowReader): Promise<Table> {
  const rows: number[][] = [];
  for await (const batch of reader.batches()) {
    expect(batch.data.length).toBe(batch.rows * reader.width);
    for (let i = 0; i < batch.rows; i++) {
      rows.push([...batch.data.subarray(i * reader.width, (i + 1) * reader.width)]);
    }
  }
  if (reader.rows !== undefined) expect(rows.length).toBe(reader.rows);
  return { columns: reader.columns, rows };
}

async function csv(text: string, options: ReadOptions = {}, piece?: number) {
  return rowsOf(await readCsv(input(text, piece), options));
}

const read = async (path: string, options: ReadOptions = {}) =>
  rowsOf(await openRows(path, options));

describe('CSV', () => {
  test('a first line of words is a header', async () => {
    expect(await csv('a,b\n1,2\n')).toEqual({ columns: ['a', 'b'], rows: [[1, 2]] });
    expect(await csv('3,4\n1,2')).toEqual({
      columns: undefined,
      rows: [
        [3, 4],
        [1, 2],
      ],
    });
    expect(await csv('3,NA\n1,2\n', { missing: true })).toEqual({
      columns: undefined,
      rows: [
        [3, Number.NaN],
        [1, 2],
      ],
    });
    expect((await csv('3,4\n1,2\n', { header: true })).columns).toEqual(['3', '4']);
    await expect(csv('a,b\n1,2\n', { header: false })).rejects.toThrow(
      "test.csv, line 1, column 1: 'a' is not a number",
    );
  });

  test('byte order marks, line ends, empty lines, spaces and quotes are handled', async () => {
    const tables = [
      'x y,z\n1,2\n3,4\n',
      '\ufeffx y,z\r\n1,2\r\n3,4\r\n',
      '\n"x y",z\n\n1 , 2\n\n 3,4\n\n',
      '"x y","z"\r\n"1","2"\r\n\r\n"3","4"',
      'x y,z\n1,2\n"3",4\n',
    ];
    for (const text of tables) {
      for (const piece of [1, 2, 3, 5, 1000]) {
        expect(await csv(text, {}, piece)).toEqual({
          columns: ['x y', 'z'],
          rows: [
            [1, 2],
            [3, 4],
          ],
        });
      }
    }
  });

  test('columns are chosen by name, number and range, in the given order; others may be text', async () => {
    const text = 'id,"a, b",c,d,who\nA1,1,2,3,"Smith, J"\nA2,4,5,6,\n';
    expect((await csv(text, { columns: '2-4' })).rows).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(await csv(text, { columns: 'd, 2' })).toEqual({
      columns: ['d', 'a, b'],
      rows: [
        [3, 1],
        [6, 4],
      ],
    });
    await expect(csv(text, { columns: 'whom' })).rejects.toThrow(
      "no column 'whom'; did you mean 'who'?",
    );
    await expect(csv(text, { columns: '2-6' })).rejects.toThrow("has columns 1 to 5, got '2-6'");
    await expect(csv(text, { columns: 'c,2-3' })).rejects.toThrow('names column 3 twice');
  });

  test('missing cells are NaN if allowed, and otherwise errors with their place', async () => {
    const text = `a,b\n${['', 'NA', 'nan', 'null', 'None', '?', 'N/A', '""'].map((cell) => `1,${cell}\n`).join('')}`;
    const { rows } = await csv(text, { missing: true });
    expect(rows).toEqual(Array(8).fill([1, Number.NaN]));
    await expect(csv('a,b\n1,2\n1,\n')).rejects.toThrow(
      'test.csv, line 3, column 2 (b): the cell is missing',
    );
  });

  test('tabs that separate cells are not trimmed as spaces', async () => {
    for (const text of [
      'a\tb\tc\n\t1\t\n2\t\t\n',
      'a\tb\tc\n\t1\t\n"2"\t\t\n',
      '"a"\tb\tc\n\t"1"\t\n2\t\t\n',
    ]) {
      expect(await csv(text, { delimiter: '\t', missing: true })).toEqual({
        columns: ['a', 'b', 'c'],
        rows: [
          [Number.NaN, 1, Number.NaN],
          [2, Number.NaN, Number.NaN],
        ],
      });
    }
  });

  test('only the chosen columns decide whether the first line is a header', async () => {
    const iris = '5.1,3.5,setosa\n4.9,3.0,setosa\n';
    const rows = [
      [5.1, 3.5],
      [4.9, 3],
    ];
    expect(await csv(iris, { columns: '1-2' })).toEqual({ columns: undefined, rows });
    expect(await csv(`x,y,who\n${iris}`, { columns: '1-2' })).toEqual({
      columns: ['x', 'y'],
      rows,
    });
    await expect(csv(iris)).rejects.toThrow(
      "test.csv, line 1: 'setosa' is text and '5.1' is a number: give --header",
    );
    expect((await csv(iris, { columns: '1-2', header: true })).rows).toEqual(rows.slice(1));
    for (const first of ['\\N,3', 'NA,3', ',3']) {
      expect((await csv(`${first}\n1,2\n`, { missing: true })).rows).toEqual([
        [Number.NaN, 3],
        [1, 2],
      ]);
    }
    await expect(csv('inf,3\n1,2\n')).rejects.toThrow('line 1, column 1: inf is not a finite');
    const found = async (text: string, options: ReadOptions = {}) =>
      (await readCsv(input(text), options)).header;
    expect(await found(iris, { columns: '1' })).toBe('none');
    expect(await found('a,NA\n1,2\n')).toBe('found');
    expect(await found('a,b\n1,2\n', { header: true })).toBe('given');
  });

  test('a column cannot be chosen by a name that occurs twice', async () => {
    await expect(csv('a,b,a\n1,2,3\n', { columns: 'a' })).rejects.toThrow(
      "test.csv has 'a' twice, as columns 1 and 3; choose by number",
    );
    expect((await csv('a,b,a\n1,2,3\n', { columns: 'b,3' })).rows).toEqual([[2, 3]]);
  });

  test('the delimiter is detected from the first line', async () => {
    for (const [between, text] of [
      [';', 'a;"b,c,d";e\n1;2;3\n'],
      ['\t', 'a\t"b;"\te\n1\t2\t3\n'],
      ['|', 'a|b|e\n1|2|3\n'],
      [',', 'a,b|c,e\n1,2,3\n'],
      [' ', 'a b e\n1 2 3\n'],
    ] as const) {
      const options = between === ' ' ? { delimiter: ' ' } : {};
      expect((await csv(text, options, 1)).rows).toEqual([[1, 2, 3]]);
    }
  });

  test('true and false are 1 and 0', async () => {
    const text = 'a,b\ntrue,False\n"TRUE",0.5\n';
    expect((await csv(text)).rows).toEqual([
      [1, 0],
      [1, 0.5],
    ]);
    const json = file('bools.jsonl', '[true, false]\n[1, null]\n');
    expect((await read(json, { missing: true })).rows).toEqual([
      [1, 0],
      [1, Number.NaN],
    ]);
  });

  test('cells keep the precision of a double', async () => {
    const values = ['1700000000123', '16777217', '0.1', '1e-300'];
    const { rows } = await csv(values.map((value) => `${value}\n`).join(''));
    expect(rows.flat()).toEqual(values.map(Number));
    const lines = file('exact.jsonl', values.map((value) => `[${value}]\n`).join(''));
    expect((await read(lines)).rows.flat()).toEqual(values.map(Number));
    for (const [text, kind] of [
      ['0.5,16777216\n', Float32Array],
      ['0.5,16777217\n', Float64Array],
    ] as const) {
      for await (const { data } of (await readCsv(input(text), {})).batches()) {
        expect(data).toBeInstanceOf(kind);
      }
    }
  });

  test('quoted text may contain quotes, line ends and separators', async () => {
    const rows = ['"A ""1""",1,2', '"A\n2",3,"4"', '"A,3",5 , "6" ', 'A4,"7",8'];
    const numbers = [
      [1, 2],
      [3, 4],
      [5, 6],
      [7, 8],
    ];
    for (const end of ['\n', '\r\n']) {
      for (const piece of [1, 3, 1000]) {
        const header = `"who","x","y"${end}`;
        const text = header + rows.join(end);
        expect(await csv(text, { columns: 'x,y' }, piece)).toEqual({
          columns: ['x', 'y'],
          rows: numbers,
        });
        const back = `${header}${rows.toReversed().join(end)}${end}`;
        expect((await csv(back, { columns: 'x,y' }, piece)).rows).toEqual(numbers.toReversed());
      }
    }
  });

  test('line numbers count lines in quotes and empty lines', async () => {
    const text = '\n"a\nb",c\n1,2\n\n"3",4\n"5","6"\n7,x\n';
    for (const piece of [1, 4, 1000]) {
      await expect(csv(text, {}, piece)).rejects.toThrow(
        "test.csv, line 8, column 2 (c): 'x' is not a number",
      );
    }
  });

  test('line numbers count CRLF in quotes, and misplaced quotes are reported with their line', async () => {
    const text = 'a,b\r\n"1\r\n",2\r\n"x\r\n\r\ny",3\r\n4,z\r\n';
    for (const piece of [1, 3, 1000]) {
      await expect(csv(text, { columns: 'b' }, piece)).rejects.toThrow(
        'test.csv, line 7, column 2',
      );
      await expect(csv('a,b\n1,"2\n3"4\n', {}, piece)).rejects.toThrow(
        'test.csv, line 3, column 2: after',
      );
      await expect(csv('a,b\n1,2\n3,"4\n', {}, piece)).rejects.toThrow(
        'test.csv, line 3, column 2: a quote is opened here',
      );
      await expect(csv('"a\n"x,b\n1,2\n', {}, piece)).rejects.toThrow(
        'test.csv, line 2, column 1: after',
      );
      await expect(csv('a,"b\n1,2\n', {}, piece)).rejects.toThrow(
        'test.csv, line 1, column 2: a quote is opened here',
      );
    }
  });

  test('every table is read as csv-parse reads it', async () => {
    const { parse } = await import('csv-parse/sync');
    const word = fc.stringMatching(/^[ab",;\n é]{0,4}$/).filter((text) => text.trim() === text);
    const plain = word.filter((text) => !/[",\n]/.test(text));
    const cell = fc.oneof(
      plain,
      word.map((text) => `"${text.replaceAll('"', '""')}"`),
      fc.integer().map((number) => ` ${number}\t`),
    );
    const rows = fc.array(fc.tuple(cell, cell, fc.integer().map(String)), { minLength: 1 });
    const end = fc.constantFrom('\n', '\r\n');
    await fc.assert(
      fc.asyncProperty(rows, end, fc.integer({ min: 1, max: 9 }), async (table, end, piece) => {
        const text = `x,y,z${end}${table.map((row) => row.join()).join(end)}`;
        const options = { trim: true, from: 2, skip_empty_lines: true };
        const expected = parse(text, options).map(([, , z]) => [Number(z)]);
        expect((await csv(text, { columns: 'z' }, piece)).rows).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  test('batches have the requested size, and contain all rows', async () => {
    const width = 2 ** 16;
    const capacity = batchRows(width);
    const line = (i: number) => `${i}${',0'.repeat(width - 1)}\n`;
    const plain = Array.from({ length: 2 * capacity + 1 }, (_, i) => line(i)).join('');
    for (const text of [plain, plain.replace('1,', '"1",')]) {
      const reader = await readCsv(input(text), {});
      const sizes: number[] = [];
      const firsts: number[] = [];
      for await (const { data, rows } of reader.batches()) {
        sizes.push(rows);
        for (let i = 0; i < rows; i++) firsts.push(data[i * width] as number);
      }
      expect(sizes).toEqual([capacity, capacity, 1]);
      expect(firsts).toEqual(Array.from({ length: 2 * capacity + 1 }, (_, i) => i));
    }
  });

  // The reader parses numbers from bytes itself, and must round as Number() does.
  test('every decimal is read as the double that Number() gives', async () => {
    const digits = (most: number) => fc.stringMatching(new RegExp(`^[0-9]{0,${most}}$`));
    const decimal = fc
      .tuple(
        fc.constantFrom('', '-', '+'),
        digits(24),
        fc.constantFrom('', '.'),
        digits(24),
        fc.constantFrom('', 'e', 'E-', 'e+'),
        fc.integer({ min: 0, max: 30 }),
      )
      .map(
        ([sign, whole, dot, part, e, power]) =>
          `${sign}${whole}${dot}${dot && part}${e}${e && power}`,
      )
      .filter((text) => /^[-+]?(\d+\.?\d*|\.\d+)/.test(text) && Math.abs(Number(text)) < 3e38);
    const typed = fc.double({ min: -1e30, max: 1e30, noNaN: true }).map(String);
    const single = fc.float({ noNaN: true, noDefaultInfinity: true }).map(String);
    const cells = fc.array(fc.oneof(decimal, typed, single), { minLength: 200, maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(cells, async (texts) => {
        const { rows } = await csv(texts.map((text) => `${text},1\n`).join(''));
        expect(rows.map(([value]) => value)).toEqual(texts.map(Number));
      }),
      { numRuns: 100 },
    );
  });

  test('decimals between two doubles are rounded as Number() rounds them', async () => {
    // 1 + 2^-53 is halfway between 1 and the next double; a digit far behind decides.
    const half = '1.00000000000000011102230246251565404236316680908203125';
    const texts = [
      half,
      `${half}1`,
      half.replace(/5$/, '4999999'),
      `-${half}1`,
      '9007199254740993',
      '9007199254740993.0000001',
      '0.000000000000000000000000000000000000123456789012345678',
      '123456789012345678e-40',
      '179769313486231570000000000000000000000',
      '00000000000000000000000000000000000000001',
      '1700000000.0000001',
    ];
    const { rows } = await csv(texts.map((text) => `${text}\n`).join(''));
    expect(rows.flat()).toEqual(texts.map(Number));
    expect(rows.flat()).toContain(9007199254740992);
  });

  test.each([
    '1e',
    '1e+',
    '--1',
    '1.2.3',
    '.',
    '-',
    '1 2',
    '0x10',
    '1_000',
    'Infinity',
    '1e39',
    '1,',
    '١',
  ])('%j is not a number', async (cell) => {
    await expect(csv(`1,${cell}\n`, { header: false })).rejects.toThrow(/line 1/);
  });
});

/** An output that keeps everything in memory. */
function memory(): Output & { bytes(): Buffer } {
  const kept: Buffer[] = [];
  return {
    write: async (bytes) => void kept.push(Buffer.from(bytes)),
    finish: async () => {},
    discard: async () => {},
    bytes: () => Buffer.concat(kept),
  };
}

describe('numbers written as text', () => {
  test('are read back as the same float32, and have the fewest digits possible', () => {
    const target = Buffer.alloc(MAX_NUMBER_BYTES + 1);
    const text = (value: number) => target.toString('latin1', 0, writeNumber(target, 0, value));
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const written = text(value);
        expect(Object.is(Math.fround(Number(written)), value)).toBe(true);
        const digits = written
          .replace(/e.*/, '')
          .replace(/^-?[0.]*/, '')
          .replace(/\D/g, '').length;
        const isEnough = (n: number) => Math.fround(Number(value.toPrecision(n))) === value;
        if (value !== 0 && !Number.isInteger(value) && digits > 7)
          expect(isEnough(digits - 1)).toBe(false);
        expect(written.length).toBeLessThanOrEqual(MAX_NUMBER_BYTES);
      }),
      { numRuns: 20_000 },
    );
  });

  test.each([
    [0, '0'],
    [-0, '-0'],
    [0.1, '0.1'],
    [-17.99, '-17.99'],
    [1001, '1001'],
    [1e-5, '0.00001'],
    [123456.79, '123456.79'],
    [0.99999994, '0.99999994'],
    [3.4028234663852886e38, '3.4028235e+38'],
    [1.401298464324817e-45, '1.4013e-45'],
  ])('%j is written as %s', (value, expected) => {
    const target = Buffer.alloc(MAX_NUMBER_BYTES);
    const single = Math.fround(value);
    const written = target.toString('latin1', 0, writeNumber(target, 0, single));
    expect(Math.fround(Number(written))).toBe(single);
    if (value !== 1.401298464324817e-45) expect(written).toBe(expected);
  });
});

const NUMBERS = [
  [0, 0.5, -1.25],
  [3, 0.1, 1e-7],
].map((row) => row.map(Math.fround));
const FLAT = Float32Array.from(NUMBERS.flat());

describe('one table in every format', () => {
  test.each(['csv', 'tsv', 'jsonl', 'npy'] as const)(
    '%s is read as it was written',
    async (format) => {
      for (const rows of [undefined, 2]) {
        const output = memory();
        const columns = ['a', 'b "c"', ' d'];
        const writer = rowWriter(output, format, { width: 3, columns, rows });
        await writer.write(FLAT.subarray(0, 3));
        await writer.write(FLAT.subarray(3));
        await writer.end();
        for (const name of [`table.${format}`, 'table']) {
          const { columns: names, rows } = await read(file(name, output.bytes()));
          expect(names).toEqual(['csv', 'tsv'].includes(format) ? columns : undefined);
          expect(rows.map((row) => row.map(Math.fround))).toEqual(NUMBERS);
        }
        const packed = file(`table.${format}.gz`, gzipSync(output.bytes()));
        expect(
          (await read(packed, { columns: '3,1' })).rows.map((row) => row.map(Math.fround)),
        ).toEqual(NUMBERS.map(([a, , c]) => [c, a]));
      }
    },
  );

  test('JSON lines may have names, in any order, and null', async () => {
    const path = file('named.jsonl', '{"a": 1, "b": 2}\n\n{"b": 4, "a": 3}\n{"a": null}\n');
    expect(await read(path, { missing: true })).toEqual({
      columns: ['a', 'b'],
      rows: [
        [1, 2],
        [3, 4],
        [Number.NaN, Number.NaN],
      ],
    });
    expect((await read(path, { columns: 'b', missing: true })).rows).toEqual([
      [2],
      [4],
      [Number.NaN],
    ]);
  });

  test('IDX files may have floats, bytes and images', async () => {
    const header = (type: number, ...sizes: number[]) => {
      const bytes = Buffer.alloc(4 + 4 * sizes.length);
      bytes.set([0, 0, type, sizes.length]);
      for (const [i, size] of sizes.entries()) bytes.writeUInt32BE(size, 4 + 4 * i);
      return bytes;
    };
    const floats = Buffer.alloc(24);
    for (const [i, value] of FLAT.entries()) floats.writeFloatBE(value, 4 * i);
    const idx = Buffer.concat([header(13, 2, 3), floats]);
    expect(await read(file('table.idx', idx))).toEqual({ columns: undefined, rows: NUMBERS });
    const images = Buffer.concat([header(8, 2, 2, 2), Buffer.from([0, 1, 2, 3, 4, 5, 6, 255])]);
    const reader = await openRows(file('t10k-images-idx3-ubyte.gz', gzipSync(images)), {});
    for await (const { data } of reader.batches()) {
      expect(data).toBeInstanceOf(Uint8Array); // bytes are kept as pixels, since the library scales them by 255
      expect([...data]).toEqual([0, 1, 2, 3, 4, 5, 6, 255]);
    }
  });

  test('an archive is recognised by its first bytes: on standard input, under another name, compressed again', async () => {
    const zip = stored('x.npy', Buffer.concat([npyHeader(2, 3), Buffer.from(FLAT.buffer)]));
    for (const name of ['table.npz', 'table.dat', 'table']) {
      expect((await read(file(name, zip))).rows).toEqual(NUMBERS);
    }
    expect((await read(file('table.npz.gz', gzipSync(zip)))).rows).toEqual(NUMBERS);
  });

  test('files are closed after an error, and if they are not read', async () => {
    const zip = stored('x.npy', Buffer.concat([npyHeader(3, 3), Buffer.from(FLAT.buffer)]));
    // Other tests may open files and pipes meanwhile, and files are closed in the background.
    const open = () =>
      readdirSync('/proc/self/fd').filter((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder);
        } catch {
          return false; // closed in the meantime
        }
      });
    const closed = async () => {
      while (open().length > 0) await new Promise(setImmediate);
    };
    const files = [
      file('bad1.csv', 'a,b\n1,x\n'),
      file('bad2.csv', 'a,1\nb,2\n'),
      file('bad3.npy', 'nonsense'),
      file('bad4.npz', 'nonsense'),
      file('bad5.npz', zip),
      file('bad6.npz', stored('x.txt', Buffer.from('x'))),
      file('bad7.csv.gz', gzipSync('a,b\n1,x\n')),
      file('bad8.csv.gz', gzipSync('a,b\n1,x\n').subarray(0, 20)),
      file('bad9.jsonl', '[1]\n["x"]\n'),
      file('bad10.idx', Buffer.from([0, 0, 8, 1, 0, 0, 0, 9, 1])),
      file('bad11.csv', ''),
    ];
    for (const path of files) {
      await expect(read(path)).rejects.toThrow(path);
      await closed();
    }
    for (const path of [file('good.csv', '1\n'), file('good.csv.gz', gzipSync('1\n2\n'))]) {
      const fd = openSync(path, 'r');
      await (await openRows(path, {})).close();
      expect(open()).toContain(String(fd));
      closeSync(fd);
      await closed();
      for await (const _ of (await openRows(path, {})).batches()) break;
      await closed();
    }
  });

  const numpy = hasNumpy();
  if (!numpy && process.env.CI) throw new Error('no NumPy: install python3-numpy');
  test.runIf(numpy)(
    'NumPy arrays of all types and orders are read, and archives of them',
    async () => {
      const program = `
import numpy as np
x = np.array([[0, 1, 2], [3, 100, 5]])
types = ['f2', '>f2', 'f4', '>f4', 'f8', '>f8', 'i1', 'i2', '>i2', 'i4', 'u2', 'u4', '>u4', 'i8', '>i8', 'u8', 'u1']
for i, t in enumerate(types): np.save(f'type{i}.npy', x.astype(t))
np.save('fortran.npy', np.asfortranarray(x.astype('f8')))
np.save('deep.npy', x.astype('f4').reshape(1, 2, 3))
np.save('flat.npy', np.array([1.5, 2.5]))
np.save('bool.npy', x > 2)
with open('version3.npy', 'wb') as f: np.lib.format.write_array(f, x.astype('f4'), version=(3, 0))
np.savez('stored.npz', x=x.astype('f4'))
np.savez_compressed('two.npz', x=x, y=-x)
print(len(types))`;
      const types = Number(execFileSync('/usr/bin/python3', ['-c', program], { cwd: folder }));
      const path = (name: string) => join(folder, name);
      const rows = [
        [0, 1, 2],
        [3, 100, 5],
      ];
      for (let i = 0; i < types; i++) expect((await read(path(`type${i}.npy`))).rows).toEqual(rows);
      for (const name of ['fortran.npy', 'version3.npy', 'stored.npz']) {
        expect((await read(path(name))).rows).toEqual(rows);
        expect((await read(path(name), { columns: '3,1' })).rows).toEqual([
          [2, 0],
          [5, 3],
        ]);
      }
      expect((await read(path('deep.npy'))).rows).toEqual([rows.flat()]);
      expect((await read(path('flat.npy'))).rows).toEqual([[1.5], [2.5]]);
      expect((await read(path('bool.npy'))).rows).toEqual([
        [0, 0, 0],
        [1, 1, 1],
      ]);
      expect((await read(path('two.npz'), { array: 'y' })).rows).toEqual(
        rows.map((row) => row.map((v) => 0 - v)),
      );
      await expect(read(path('two.npz'))).rejects.toThrow(
        'has 2 arrays; choose one with --array: x, y',
      );
      await expect(read(path('two.npz'), { array: 'z' })).rejects.toThrow("no array 'z'");

      // NumPy reads what this library writes.
      const bytes = Buffer.concat([npyHeader(2, 3), Buffer.from(FLAT.buffer)]);
      file('ours.npy', bytes);
      const check =
        "import numpy as np; x = np.load('ours.npy'); print(x.dtype, x.shape, x.tobytes().hex())";
      const printed = execFileSync('/usr/bin/python3', ['-c', check], {
        cwd: folder,
        encoding: 'utf8',
      });
      expect(printed.trim()).toBe(`float32 (2, 3) ${Buffer.from(FLAT.buffer).toString('hex')}`);
    },
  );

  test('half precision follows IEEE 754', async () => {
    const halves = Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x03ff, 0x8000, 0x3555);
    const header = npyHeader(7, 1);
    header.write("'<f2'", header.indexOf("'<f4'"));
    const path = file('half.npy', Buffer.concat([header, Buffer.from(halves.buffer)]));
    expect((await read(path)).rows.flat()).toEqual([
      1,
      -2,
      65504,
      2 ** -24,
      1023 * 2 ** -24,
      -0,
      0.333251953125,
    ]);
  });
});

function hasNumpy(): boolean {
  try {
    execFileSync('/usr/bin/python3', ['-c', 'import numpy'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

test('formats are recognised by name, and by the first bytes', () => {
  expect(
    [
      'a.csv',
      'A.CSV.gz',
      'x/b.tab',
      'c.ndjson',
      'd.npz',
      't10k-images-idx3-ubyte.gz',
      'e.txt',
      '-',
      'csv',
    ].map(guessFormat),
  ).toEqual(['csv', 'csv', 'tsv', 'jsonl', 'npz', 'idx', undefined, undefined, undefined]);
  const sniff = (text: string) => sniffFormat(Buffer.from(text, 'latin1'));
  expect(
    ['\x93NUMPY', 'PK\x03\x04', '\0\0\x08\x03', ' [1]', '{"a":1}', 'a\tb\n1,5\t2', 'a,b\n', ''].map(
      sniff,
    ),
  ).toEqual(['npy', 'npz', 'idx', 'jsonl', 'jsonl', 'tsv', 'csv', 'csv']);
});
