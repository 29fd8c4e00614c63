// Tables in files of other programs: a JSON array, SciPy's sparse matrices, Parquet.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRows } from '../../../src/cli/tables/open-rows.js';
import {
  type DataRows,
  readJsonLines,
  readNpz,
  readParquet,
  readSparse,
} from '../../../src/data.js';
import { Autoencoder } from '../../../src/index.js';
import { called } from '../../support/node/cli.js';
import { sparseArchive as archive, floats, ints, npy } from '../../support/node/sparse-npz.js';
import { archiveOf } from '../../support/node/zip.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'autoencoder-wasm-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, bytes: string | Uint8Array) => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};

async function cellsOf(opening: Promise<DataRows>): Promise<number[][]> {
  const { data, shape } = await (await opening).readAll();
  const [rows, width] = shape;
  return Array.from({ length: rows }, (_, i) => [...data.subarray(i * width, (i + 1) * width)]);
}

const failure = (opening: Promise<DataRows>): Promise<Error> =>
  cellsOf(opening).then(
    () => new Error('it was read'),
    (error) => error,
  );

/** The text in pieces of this many bytes. */
async function* pieces(text: string, size: number) {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('a JSON file that is a single array', () => {
  const objects = '[\n  {"a": 1, "b": "x]\\"}"},\n  {"a": 2.5,\n   "b": null}\n]\n';

  test.each([1, 7, 1000])('may have objects, read in pieces of %i bytes', async (size) => {
    const rows = await readJsonLines(pieces(objects, size), { columns: 'a' });
    expect(rows.columns).toEqual(['a']);
    expect((await rows.readAll()).data).toEqual(Float32Array.of(1, 2.5));
  });

  test.each(['[[1,2],[3,4]]', ' [\n[1, 2] , [3,4]\n] \n', '\ufeff[[1,2],\r\n[3,4]]'])(
    'may have arrays: %j',
    async (text) => {
      expect(await cellsOf(readJsonLines(Buffer.from(text)))).toEqual([
        [1, 2],
        [3, 4],
      ]);
    },
  );

  test('is recognised by its name, or by its first characters', async () => {
    for (const name of ['rows.json', 'rows']) {
      const reader = await openRows(file(name, '[[1,2],[3,4]]'), {});
      expect(reader.width).toBe(2);
      await reader.close();
    }
    expect(await cellsOf(readJsonLines(Buffer.from('[1,2]\n[3,4]\n')))).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test.each([
    ['[[1,2],[3,4]', 'it ends before its array does'],
    ['[[1,2] [3,4]]', 'the comma between two rows is missing'],
    ['[[1,2],,[3,4]]', 'the row between two commas is missing'],
    ['[[1,2],]', 'the row between two commas is missing'],
    ['[[1,2]]\n[3,4]', 'after its array comes more'],
    ['[[1,2],\n[3,x]]', "line 2: '[3,x]' is not JSON"],
    ['[[1,2],\n[3]]', 'line 2: 1 numbers where line 1 has 2'],
    ['[[1,2],\n[3,"x"]]', 'line 2, column 2: \'"x"\' is not a number'],
    ['[[1,2],\n7]', 'line 2: expected an array of numbers'],
    ['[{"a":{"b":1}}]', 'line 1, column 1 (a): \'{"b":1}\' is not a number'],
  ])('is an error if malformed: %j', async (text, message) => {
    expect((await failure(readJsonLines(Buffer.from(text)))).message).toContain(message);
  });

  test('its rows are copied as lines', async () => {
    const reader = await openRows(file('copied.json', objects), { originals: true, columns: 'a' });
    for await (const { originals = [] } of reader.batches()) {
      expect(originals.map(String)).toEqual(['{"a": 1, "b": "x]\\"}"}', '{"a": 2.5, "b": null}']);
    }
  });
});

describe('a sparse matrix of an NPZ file', () => {
  const rows = [
    [0, 1.5, 0, 2],
    [0, 0, 0, 0],
    [-3, 0, 0, 4],
  ];
  const csr = {
    indptr: ints(0, 2, 2, 4),
    indices: ints(1, 3, 0, 3),
    data: floats(1.5, 2, -3, 4),
  };

  test.each([
    ['csr', csr],
    [
      'csc',
      { indptr: ints(0, 1, 2, 2, 4), indices: ints(2, 0, 0, 2), data: floats(-3, 1.5, 2, 4) },
    ],
    ['coo', { row: ints(2, 0, 2, 0), col: ints(3, 3, 0, 1), data: floats(4, 2, -3, 1.5) }],
  ])('is read: %s', async (format, arrays) => {
    expect(await cellsOf(readNpz(archive(arrays, format)))).toEqual(rows);
    const path = file(`${format}.npz`, archive(arrays, format));
    expect(await cellsOf(readNpz(path, { columns: '4,2' }))).toEqual([
      [2, 1.5],
      [0, 0],
      [4, 0],
    ]);
  });

  test('duplicate entries are added up, and a matrix may have none', async () => {
    const twice = { indptr: ints(0, 2), indices: ints(1, 1), data: floats(1, 2) };
    expect(await cellsOf(readNpz(archive(twice, 'csr', [1, 2])))).toEqual([[0, 3]]);
    const none = { indptr: ints(0, 0), indices: ints(), data: floats() };
    expect(await cellsOf(readNpz(archive(none, 'csr', [1, 2])))).toEqual([[0, 0]]);
  });

  test('stays sparse in the commands, with the same results as dense rows', async () => {
    const [count, width] = [300, 12];
    const x = Array.from({ length: count * width }, (_, i) =>
      (i * 7) % 11 === 0 ? 1 + (i % 5) : 0,
    );
    const [starts, columns, values] = [[0], [] as number[], [] as number[]];
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < width; j++) {
        const value = x[i * width + j] as number;
        if (value === 0) continue;
        columns.push(j);
        values.push(value);
      }
      starts.push(values.length);
    }
    const arrays = { indptr: ints(...starts), indices: ints(...columns), data: floats(...values) };
    const sparse = file('m.npz', archive(arrays, 'csr', [count, width]));
    const dense = file(
      'm.npy',
      npy('<f8', [count, width], new Uint8Array(Float64Array.from(x).buffer)),
    );
    const ok = async (...args: string[]) => {
      const { code, stdout, stderr } = await called(folder, args);
      expect(stderr.toString(), args.join(' ')).not.toMatch(/^autoencoder-wasm: /m);
      expect(code).toBe(0);
      return stdout.toString();
    };
    const training = ['--layers', '12,3', '--epochs', '2', '--seed', '1', '-q'];
    await ok('train', sparse, ...training, '-o', 'sparse.safetensors');
    await ok('train', sparse, ...training, '--stream', '-o', 'streamed.safetensors');
    // A scaler learned from compressed rows alone keeps zeros at 0.
    for (const name of ['sparse', 'streamed']) {
      const ae = Autoencoder.load(readFileSync(join(folder, `${name}.safetensors`)));
      expect(ae.options.scale).toBe('standard');
      expect(ae.scaler?.offset).toEqual(new Float64Array(width));
    }
    const model = ['-m', 'sparse.safetensors'];
    for (const args of [
      ['encode', ...model],
      ['reconstruct', ...model],
      ['score', ...model],
      ['evaluate', ...model],
      ['anomalies', ...model, '--contamination', '0.1', '-q'],
      ['explain', ...model, '--top', '1'],
    ]) {
      expect(await ok(...args, sparse), args[0]).toBe(await ok(...args, dense));
    }
    expect(await ok('score', ...model, sparse, sparse)).toHaveLength(
      2 * (await ok('score', ...model, sparse)).length - 'score\n'.length,
    );
  });

  test('is returned by readSparse in a form that Autoencoder accepts', async () => {
    const path = file('sparse.npz', archive(csr));
    const sparse = await readSparse(path);
    expect(sparse).toEqual({
      indptr: [0, 2, 2, 4],
      indices: Uint32Array.of(1, 3, 0, 3),
      data: Float32Array.of(1.5, 2, -3, 4),
      shape: [3, 4],
    });
    const ae = new Autoencoder({ layers: [4, 2], seed: 1 });
    await ae.fit(sparse, { epochs: 2 });
    expect(await ae.encode(sparse)).toEqual(await ae.encode(rows));
    expect(await readSparse(archive(csr), { columns: '4,2' })).toMatchObject({
      shape: [3, 2],
      data: Float32Array.of(1.5, 2, 4),
      indices: Uint32Array.of(1, 0, 0),
    });
    const dense = archiveOf([['x.npy', floats(1, 2)]]);
    await expect(readSparse(dense)).rejects.toThrow(
      new RangeError(
        'the data must hold a sparse matrix from scipy.sparse.save_npz, got another array; readNpz reads it',
      ),
    );
  });

  test('may be one of several arrays, chosen by name', async () => {
    expect(await cellsOf(readNpz(archive(csr), { array: 'data' }))).toEqual([
      [1.5],
      [2],
      [-3],
      [4],
    ]);
  });

  test.each<[string, Record<string, Buffer>, string, string]>([
    ['another form', csr, 'bsr', 'its format is bsr, and csr, csc, coo can be read'],
    ['no name of a form', csr, '7', 'its format is not the name'],
    ['a part that is missing', { data: csr.data }, 'csr', 'a matrix of the format csr, without'],
    ['other starts', { ...csr, indptr: ints(0, 3, 2, 4) }, 'csr', 'its indptr does not fit'],
    ['too few starts', { ...csr, indptr: ints(0, 4) }, 'csr', 'its indptr does not fit'],
    ['a column beyond', { ...csr, indices: ints(1, 4, 0, 3) }, 'csr', 'its indices has 4, and'],
    ['a column below', { ...csr, indices: ints(1, -1, 0, 3) }, 'csr', 'its indices has -1, and'],
    [
      'a value that is none',
      { ...csr, data: floats(1.5, Number.NaN, -3, 4) },
      'csr',
      'row 1, column 4: the cell is missing',
    ],
  ])('%s', async (_, arrays, format, message) => {
    expect((await failure(readNpz(archive(arrays, format)))).message).toContain(message);
  });
});

describe('Parquet', () => {
  // Written by hyparquet-writer 0.17.0 with two row groups: 0.5, null or -2.25; 1 to 3; words; booleans;
  // times.
  const BYTES = Buffer.from(
    'UEFSMRUGFRQVGFwVBBUCFQQVABUEFQAAAAMBCBwAAAAAAADgPxUGFSQVKFwVBBUAFQQVABUEFQAAAAMDEDwBAAAAAAAAAAIAAAAAAAAAFQYVIBUkXBUEFQAVBBUAFQQVAAAAAwMONAMAAAB0Y3ADAAAAdWRwFQYVBhUKXBUEFQAVBBUAFQQVAAAAAwMBAAEVBhUkFR5cFQQVABUEFQAVBBUAAAADAxAAABEBGFwmBQAAAAAVBhUUFRhcFQIVABUCFQAVBBUAAAADAQgcAAAAAAAAAsAVBhUUFRhcFQIVABUCFQAVBBUAAAADAQgcAwAAAAAAAAAVBhUSFRZcFQIVABUCFQAVBBUAAAADAQcYAwAAAHRjcBUGFQYVClwVAhUAFQIVABUEFQAAAAMBAQABFQYVFBUYXBUCFQAVAhUAFQQVAAAAAwEIHAAQpdToAAAAFQQZbEgEcm9vdBUKABUKJQIYBmFtb3VudAAVBCUCGAVjb3VudAAVDCUCGAR3b3JkJQAAFQAlAhgDeWVzABUEJQIYBHdoZW4lEgAWBhksGVwmCBwVChkVABkYBmFtb3VudBUCFgQWPhZCJgg8NgIoCAAAAAAAAOA/GAgAAAAAAADgPzYAABkcFQYVABUCAAAAJkocFQQZFQAZGAVjb3VudBUCFgQWThZSJko8NgAoCAIAAAAAAAAAGAgBAAAAAAAAAAAZHBUGFQAVAgAAACacARwVDBkVABkYBHdvcmQVAhYEFkoWTiacATw2ACgDdWRwGAN0Y3AAGRwVBhUAFQIAAAAm6gEcFQAZFQAZGAN5ZXMVAhYEFjAWNCbqATw2ACgBARgBAAAZHBUGFQAVAgAAACaeAhwVBBkVABkYBHdoZW4VAhYEFk4WSCaeAjw2ACgIAFwmBQAAAAAYCAAAAAAAAAAAABkcFQYVABUCAAAAFtQCFgQ23gIAGVwm5gIcFQoZFQAZGAZhbW91bnQVAhYCFj4WQibmAjw2ACgIAAAAAAAAAsAYCAAAAAAAAALANgAAGRwVBhUAFQIAAAAmqAMcFQQZFQAZGAVjb3VudBUCFgIWPhZCJqgDPDYAKAgDAAAAAAAAABgIAwAAAAAAAAAAGRwVBhUAFQIAAAAm6gMcFQwZFQAZGAR3b3JkFQIWAhY8FkAm6gM8NgAoA3RjcBgDdGNwABkcFQYVABUCAAAAJqoEHBUAGRUAGRgDeWVzFQIWAhYwFjQmqgQ8NgAoAQEYAQEAGRwVBhUAFQIAAAAm3gQcFQQZFQAZGAR3aGVuFQIWAhY+FkIm3gQ8NgAoCAAQpdToAAAAGAgAEKXU6AAAAAAZHBUGFQAVAgAAABamAhYCNroCACgJaHlwYXJxdWV0GVwcAAAcAAAcAAAcAAAcAAAAwQIAAFBBUjE=',
    'base64',
  );
  const expected = [
    [0.5, 1, 1],
    [Number.NaN, 2, 0],
    [-2.25, 3, 1],
  ];
  const options = { columns: 'amount,count,yes', missing: true };

  test('is read from a file, by its name or first bytes, and from memory', async () => {
    for (const name of ['t.parquet', 't']) {
      const reader = await openRows(file(name, BYTES), options);
      expect(reader.columns).toEqual(['amount', 'count', 'yes']);
      expect(reader.rows).toBe(3);
      const batches = [];
      for await (const { data } of reader.batches()) batches.push(...data);
      expect(batches).toEqual(expected.flat());
    }
    expect(await cellsOf(readParquet(BYTES, options))).toEqual(expected);
  });

  test('dates are without time, and large integers keep all digits', async () => {
    // From the same writer: a day (INT32 as DATE) or null, and 2^53 + 1 or 1.
    const days = Buffer.from(
      'UEFSMRUGFQwVEFwVBBUCFQQVABUEFQAAAAMBBAwbTAAAFQYVIBUkXBUEFQAVBBUAFQAVAAAAEDwBAAAAAAAgAAEAAAAAAAAAFQQZPEgEcm9vdBUEABUCJQIYA2RheSUMABUEJQAYAmlkABYEGRwZLCYIHBUCGRUAGRgDZGF5FQIWBBY2FjomCDw2AigEG0wAABgEG0wAAAAZHBUGFQAVAgAAACZCHBUEGRUAGRgCaWQVAhYEFkoWTiZCPDYAKAgBAAAAAAAgABgIAQAAAAAAAAAAGRwVBhUAFQIAAAAWgAEWBDaIAQAoCWh5cGFycXVldBksHAAAHAAAALIAAABQQVIx',
      'base64',
    );
    const reader = await openRows(file('days.parquet', days), {
      ...{ columns: 'id', missing: true, originals: true },
    });
    for await (const { originals = [] } of reader.batches()) {
      expect(originals.map((row) => reader.original?.cells(row))).toEqual([
        ['2023-05-06', '9007199254740993'],
        ['', '1'],
      ]);
    }
  });

  test('text is an error in chosen columns, and can be copied', async () => {
    expect((await failure(readParquet(BYTES, { missing: true }))).message).toBe(
      'the data, row 1, column 3 (word): \'"tcp"\' is not a number',
    );
    expect((await failure(readParquet(BYTES, { columns: 'amount' }))).message).toContain(
      'row 2, column 1 (amount): the cell is missing',
    );
    const reader = await openRows(file('words.parquet', BYTES), { ...options, originals: true });
    for await (const { originals = [] } of reader.batches()) {
      expect(originals.map((row) => reader.original?.cells(row))).toEqual([
        ['0.5', '1', 'tcp', 'true', '1970-01-01T00:00:00.000Z'],
        ['', '2', 'udp', 'false', '1970-01-02T00:00:00.000Z'],
        ['-2.25', '3', 'tcp', 'true', '2001-09-09T01:46:40.000Z'],
      ]);
    }
  });

  test('damaged', async () => {
    for (const bytes of [BYTES.subarray(0, 500), BYTES.subarray(0, 8), Buffer.from('PAR1PAR1')]) {
      for (const source of [bytes, file('bad.parquet', bytes)]) {
        const { message } = await failure(readParquet(source, options));
        expect(message).toContain('it cannot be read as Parquet (');
      }
    }
  });
});
