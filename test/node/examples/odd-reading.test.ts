// The reading of files in the page of examples/odd, tested without a page, with Uint8Array in place of
// Buffer.

import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { PageBuffer } from '../../../examples/odd/src/engine/buffer.js';
import { knowColumn } from '../../../examples/odd/src/engine/columns.js';
import { readTable } from '../../../examples/odd/src/engine/read.js';

afterEach(() => {
  vi.unstubAllGlobals();
});

async function read(name: string, content: string | Uint8Array<ArrayBuffer>, options = {}) {
  const file = new File([content], name);
  vi.stubGlobal('Buffer', PageBuffer);
  try {
    return await readTable(file, options, new AbortController().signal, () => {});
  } finally {
    vi.unstubAllGlobals();
  }
}

const CELLS = {
  names: ['name', 'size'],
  columns: [
    ['Zoë', 'a "b", c'],
    ['1.5', '-2'],
  ],
};
const utf16 = (text: string) => Uint8Array.from([0xff, 0xfe, ...Buffer.from(text, 'utf16le')]);

describe('the page reads, as the command line does,', () => {
  test.each([
    ['commas and quotes', 'a.csv', 'name,size\nZoë,1.5\n"a ""b"", c",-2\n'],
    ['semicolons and decimal commas', 'a.csv', 'name;size\r\nZoë;1,5\r\n"a ""b"", c";-2\r\n'],
    ['tabs', 'a.tsv', 'name\tsize\nZoë\t1.5\na "b", c\t-2\n'],
    ['a comment and a mark', 'a.csv', '\ufeff# a table\nname,size\nZoë,1.5\n"a ""b"", c",-2'],
    ['UTF-16', 'a.csv', utf16('name,size\r\nZoë,1.5\r\n"a ""b"", c",-2\r\n')],
    ['gzip', 'a.csv.gz', new Uint8Array(gzipSync('name,size\nZoë,1.5\n"a ""b"", c",-2\n'))],
    ['JSON lines', 'a.jsonl', '{"name":"Zoë","size":1.5}\n{"name":"a \\"b\\", c","size":-2}\n'],
    ['a JSON array', 'a.json', '[{"name":"Zoë","size":1.5},\n{"name":"a \\"b\\", c","size":-2}]'],
  ])('%s', async (_, name, content) => {
    expect(await read(name, content)).toMatchObject({ ...CELLS, rows: 2 });
  });

  test('files as its settings describe them', async () => {
    const text = 'made today\nname|size\nx|1.234,5 €\ny|unknown\n';
    const options = { skip: 1, decimal: ',', thousands: '.', symbols: true, na: ['unknown'] };
    const { names, columns } = await read('a.csv', text, options);
    expect(names).toEqual(['name', 'size']);
    expect(columns).toEqual([
      ['x', 'y'],
      ['1234.5', ''],
    ]);
  });

  test('columns with the same name, and renames them', async () => {
    const { names, notes } = await read('a.csv', 'x,x\n1,2\n3,4\n');
    expect(names).toEqual(['x', 'x (2)']);
    expect(notes.join()).toContain('x (2)');
  });
});

test('the page reads words, booleans, times, dates and large integers from Parquet', async () => {
  // From the same writer as in test/node/cli/more-formats.test.ts.
  const mixed = await read('a.parquet', new Uint8Array(Buffer.from(MIXED, 'base64')));
  expect(mixed.columns).toEqual([
    ['0.5', '', '-2.25'],
    ['1', '2', '3'],
    ['tcp', 'udp', 'tcp'],
    ['true', 'false', 'true'],
    ['1970-01-01T00:00:00.000Z', '1970-01-02T00:00:00.000Z', '2001-09-09T01:46:40.000Z'],
  ]);
  const days = await read('a', new Uint8Array(Buffer.from(DAYS, 'base64')));
  expect(days.columns).toEqual([
    ['2023-05-06', ''],
    ['9007199254740993', '1'],
  ]);
});

test('a few words among numbers count as missing, and are reported', async () => {
  const rows = Array.from({ length: 40 }, (_, i) => (i === 7 ? 'broken' : String(i / 4)));
  const table = await read('a.csv', `size\n${rows.join('\n')}\n`);
  const { info, cells } = await knowColumn(table, 0, undefined);
  expect(info).toMatchObject({
    type: 'number',
    missing: 1,
    stray: { count: 1, words: ['broken'] },
  });
  expect(cells[7]).toBe('');
  expect((await knowColumn(table, 0, 'category')).info.type).toBe('category');
});

const MIXED =
  'UEFSMRUGFRQVGFwVBBUCFQQVABUEFQAAAAMBCBwAAAAAAADgPxUGFSQVKFwVBBUAFQQVABUEFQAAAAMDEDwBAAAAAAAAAAIAAAAAAAAAFQYVIBUkXBUEFQAVBBUAFQQVAAAAAwMONAMAAAB0Y3ADAAAAdWRwFQYVBhUKXBUEFQAVBBUAFQQVAAAAAwMBAAEVBhUkFR5cFQQVABUEFQAVBBUAAAADAxAAABEBGFwmBQAAAAAVBhUUFRhcFQIVABUCFQAVBBUAAAADAQgcAAAAAAAAAsAVBhUUFRhcFQIVABUCFQAVBBUAAAADAQgcAwAAAAAAAAAVBhUSFRZcFQIVABUCFQAVBBUAAAADAQcYAwAAAHRjcBUGFQYVClwVAhUAFQIVABUEFQAAAAMBAQABFQYVFBUYXBUCFQAVAhUAFQQVAAAAAwEIHAAQpdToAAAAFQQZbEgEcm9vdBUKABUKJQIYBmFtb3VudAAVBCUCGAVjb3VudAAVDCUCGAR3b3JkJQAAFQAlAhgDeWVzABUEJQIYBHdoZW4lEgAWBhksGVwmCBwVChkVABkYBmFtb3VudBUCFgQWPhZCJgg8NgIoCAAAAAAAAOA/GAgAAAAAAADgPzYAABkcFQYVABUCAAAAJkocFQQZFQAZGAVjb3VudBUCFgQWThZSJko8NgAoCAIAAAAAAAAAGAgBAAAAAAAAAAAZHBUGFQAVAgAAACacARwVDBkVABkYBHdvcmQVAhYEFkoWTiacATw2ACgDdWRwGAN0Y3AAGRwVBhUAFQIAAAAm6gEcFQAZFQAZGAN5ZXMVAhYEFjAWNCbqATw2ACgBARgBAAAZHBUGFQAVAgAAACaeAhwVBBkVABkYBHdoZW4VAhYEFk4WSCaeAjw2ACgIAFwmBQAAAAAYCAAAAAAAAAAAABkcFQYVABUCAAAAFtQCFgQ23gIAGVwm5gIcFQoZFQAZGAZhbW91bnQVAhYCFj4WQibmAjw2ACgIAAAAAAAAAsAYCAAAAAAAAALANgAAGRwVBhUAFQIAAAAmqAMcFQQZFQAZGAVjb3VudBUCFgIWPhZCJqgDPDYAKAgDAAAAAAAAABgIAwAAAAAAAAAAGRwVBhUAFQIAAAAm6gMcFQwZFQAZGAR3b3JkFQIWAhY8FkAm6gM8NgAoA3RjcBgDdGNwABkcFQYVABUCAAAAJqoEHBUAGRUAGRgDeWVzFQIWAhYwFjQmqgQ8NgAoAQEYAQEAGRwVBhUAFQIAAAAm3gQcFQQZFQAZGAR3aGVuFQIWAhY+FkIm3gQ8NgAoCAAQpdToAAAAGAgAEKXU6AAAAAAZHBUGFQAVAgAAABamAhYCNroCACgJaHlwYXJxdWV0GVwcAAAcAAAcAAAcAAAcAAAAwQIAAFBBUjE=';
const DAYS =
  'UEFSMRUGFQwVEFwVBBUCFQQVABUEFQAAAAMBBAwbTAAAFQYVIBUkXBUEFQAVBBUAFQAVAAAAEDwBAAAAAAAgAAEAAAAAAAAAFQQZPEgEcm9vdBUEABUCJQIYA2RheSUMABUEJQAYAmlkABYEGRwZLCYIHBUCGRUAGRgDZGF5FQIWBBY2FjomCDw2AigEG0wAABgEG0wAAAAZHBUGFQAVAgAAACZCHBUEGRUAGRgCaWQVAhYEFkoWTiZCPDYAKAgBAAAAAAAgABgIAQAAAAAAAAAAGRwVBhUAFQIAAAAWgAEWBDaIAQAoCWh5cGFycXVldBksHAAAHAAAALIAAABQQVIx';
