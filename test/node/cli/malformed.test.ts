// Malformed files cause one line with the fault and its place, exit code 1, and no output file.

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { npyHeader } from '../../../src/cli/tables/npy-header.js';
import { Autoencoder } from '../../../src/index.js';
import { called, cli, PROGRAM } from '../../support/node/cli.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'autoencoder-wasm-'));
  const model = new Autoencoder({ layers: [3, 2], seed: 0 }).save();
  writeFileSync(join(folder, 'model.safetensors'), model);
  writeFileSync(join(folder, 'short.safetensors'), model.subarray(0, 200));
  mkdirSync(join(folder, 'out'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const HEADER = 'a,b,c\n';
const ROWS = HEADER + '1,2,3\n'.repeat(80_000);
/** The same file with other text in line 70,001. */
const inLine70001 = (text: string) => {
  const at = HEADER.length + 69_999 * 6;
  return `${ROWS.slice(0, at)}${text}\n${ROWS.slice(at + 6)}`;
};
const gzipped = gzipSync(Buffer.from(ROWS), { level: 0 });
const damaged = Buffer.from(gzipped);
damaged[damaged.length - 6] = (damaged[damaged.length - 6] as number) ^ 1; // in the checksum
const npy = (rows: number, values: readonly number[], header = npyHeader(rows, 3)) =>
  Buffer.concat([header, Buffer.from(Float32Array.from(values).buffer)]);
const npyText = (text: string) => {
  const header = npyHeader(1, 3);
  header.fill(' ', 10, 127).write(text, 10, 'latin1');
  return npy(1, [1, 2, 3], header);
};
const idx = (rows: number, bytes: number, type = 8) =>
  Buffer.from([0, 0, type, 2, 0, 0, 0, rows, 0, 0, 0, 3, ...Array(bytes).fill(1)]);

/** The name of the file, its contents, and the message. */
const CASES: readonly [name: string, contents: string | Uint8Array, message: string][] = [
  ['few.csv', inLine70001('1,2'), 'few.csv, line 70001: 2 cells where line 1 has 3'],
  ['many.csv', inLine70001('1,2,3,4'), 'many.csv, line 70001: 4 cells where line 1 has 3'],
  ['word.csv', inLine70001('1,two,3'), "word.csv, line 70001, column 2 (b): 'two' is not a number"],
  ['gap.csv', inLine70001('1,,3'), 'gap.csv, line 70001, column 2 (b): the cell is missing'],
  [
    'quoted.csv',
    inLine70001('1,"2",x'),
    "quoted.csv, line 70001, column 3 (c): 'x' is not a number",
  ],
  [
    'fewer.csv',
    `"a"\n${'"1"\n'.repeat(9)}"1","2"\n`,
    'fewer.csv: it has 1 column, and the model takes 3',
  ],
  [
    'open.csv',
    inLine70001('1,"2,3'),
    'open.csv, line 70001, column 2: a quote is opened here but never closed',
  ],
  [
    'after.csv',
    inLine70001('1,"2"2,3'),
    'after.csv, line 70001, column 2: after the closing quote comes something else',
  ],
  [
    'inside.csv',
    inLine70001('"1""",2"2,3'),
    "inside.csv, line 70001, column 1 (a): '1\"' is not a number",
  ],
  [
    'large.csv',
    inLine70001('1,2,1e39'),
    'large.csv, line 70001, column 3 (c): 1e39 is too large for a float32',
  ],
  [
    'infinite.csv',
    inLine70001('1,-inf,3'),
    'infinite.csv, line 70001, column 2 (b): -inf is not a finite number',
  ],
  [
    'binary.csv',
    Buffer.alloc(2 ** 25, 1),
    'binary.csv, line 1: the line is longer than 16777216 bytes',
  ],
  ['header.csv', HEADER, 'header.csv: it has no rows'],
  ['empty.csv', '', 'empty.csv: it is empty'],
  ['empty.npy', '', 'empty.npy: it is empty'],
  [
    'cut.csv.gz',
    gzipped.subarray(0, 400_000),
    'cut.csv.gz: its gzip data ends too early: the file is truncated',
  ],
  ['damaged.csv.gz', damaged, 'damaged.csv.gz: its gzip data is damaged (incorrect data check)'],
  ['text.npy', ROWS, 'text.npy: it is not an NPY file: it does not start with \\x93NUMPY'],
  ['head.npy', npyHeader(1, 3).subarray(0, 100), 'head.npy: it ends within its header'],
  ['cut.npy', npy(3, [1, 2, 3, 4]), 'cut.npy, row 2: it ends here, and its header promises 3 rows'],
  ['more.npy', npy(1, [1, 2, 3, 4]), 'more.npy: after its 1 rows comes more'],
  ['nan.npy', npy(2, [1, 2, 3, 4, Number.NaN, 6]), 'nan.npy, row 2, column 2: the cell is missing'],
  [
    'infinity.npy',
    npy(2, [1, 2, 3, 4, 5, Number.POSITIVE_INFINITY]),
    'infinity.npy, row 2, column 3: Infinity is not a finite float32',
  ],
  [
    'object.npy',
    npyText("{'descr': '|O', 'fortran_order': False, 'shape': (1, 3)}"),
    "object.npy: its numbers are of type '|O'",
  ],
  [
    'number.npy',
    npyText("{'descr': '<f4', 'fortran_order': False, 'shape': ()}"),
    'number.npy: it is a single number',
  ],
  [
    'none.npy',
    npyText("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 3)}"),
    'none.npy: it has no rows',
  ],
  ['strange.npy', npyText('hello'), 'strange.npy: its header cannot be read: hello'],
  [
    'magic.idx',
    idx(2, 6).fill(7, 0, 2),
    'magic.idx: it is not an IDX file: it starts with 07070802',
  ],
  ['type.idx', idx(2, 6, 10), 'type.idx: it is not an IDX file: it starts with 00000a02'],
  ['cut.idx', idx(2, 5), 'cut.idx, row 2: it ends here, and its header promises 2 rows'],
  ['head.idx', idx(2, 0).subarray(0, 7), 'head.idx: it ends within its header'],
  ['text.jsonl', '[1, 2, 3]\n[1, 2,\n', "text.jsonl, line 2: '[1, 2,' is not JSON"],
  [
    'word.jsonl',
    '[1, 2, 3]\n\n[1, "x", 3]\n',
    'word.jsonl, line 3, column 2: \'"x"\' is not a number',
  ],
  ['few.jsonl', '[1, 2, 3]\n[1, 2]\n', 'few.jsonl, line 2: 2 numbers where line 1 has 3'],
  [
    'other.jsonl',
    '{"a":1,"b":2,"c":3}\n{"a":1,"d":2}\n',
    "other.jsonl, line 2: 'd' is not in line 1",
  ],
  [
    'null.jsonl',
    '{"a":1,"b":2,"c":3}\n{"a":1,"c":2}\n',
    'null.jsonl, line 2, column 2 (b): the cell is missing',
  ],
  [
    'name.csv',
    `\x1b[31m${'n'.repeat(3_000_000)},b,c\n1,2,3\nx,2,3\n`,
    `name.csv, line 3, column 1 (\\u001b[31m${'n'.repeat(35)}...): 'x' is not a number`,
  ],
  [
    'key.jsonl',
    `{"a":1,"b":2,"c":3}\n{"\\u0007${'k'.repeat(3_000_000)}":1}\n`,
    `key.jsonl, line 2: '\\u0007${'k'.repeat(39)}...' is not in line 1`,
  ],
  [
    'type.npy',
    npyText(`{'descr': '\x1b${'O'.repeat(50)}', 'fortran_order': False, 'shape': (1, 3)}`),
    `type.npy: its numbers are of type '\\u001b${'O'.repeat(38)}...; floats`,
  ],
  // A reader with quadratic time took half a minute for the first file, and two minutes for one twice as
  // long.
  [
    'digits.csv',
    `${HEADER}.1,.2${'0'.repeat(1_000_000)}x,1\n`,
    `digits.csv, line 2, column 2 (b): '.2${'0'.repeat(38)}...' is not a number`,
  ],
  [
    'power.csv',
    `${HEADER}.1,1e${'1'.repeat(1_000_000)},1\n`,
    `power.csv, line 2, column 2 (b): 1e${'1'.repeat(38)}... is too large for a float32`,
  ],
  ['text.npz', ROWS, 'text.npz: it cannot be read as a zip archive'],
  [
    'wide.csv',
    'a,b,c,d\n1,2,3,4\n',
    'wide.csv: it has 4 columns, and the model takes 3; choose with --columns',
  ],
  [
    'narrow.csv',
    'a:b:c\n1:2:3\n',
    'narrow.csv: it has 1 column, and the model takes 3; set --delimiter or --format?',
  ],
];

/** Encodes a file, which must fail with exactly this line and leave no output. */
async function expectFailure(args: string[], message: string, input?: Uint8Array) {
  const { code, stdout, stderr } = await called(folder, args, input);
  expect(stderr).toContain(`autoencoder-wasm: ${message}`);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stdout.toString()).toBe('');
  expect(code).toBe(1);
  expect(readdirSync(join(folder, 'out'))).toEqual([]);
}

const encode = (name: string) => ['encode', '-m', 'model.safetensors', name, '-o', 'out/codes.csv'];

describe('a malformed file is an error', () => {
  test.each(CASES)('%s', async (name, contents, message) => {
    writeFileSync(join(folder, name), contents);
    await expectFailure(encode(name), message);
    rmSync(join(folder, name));
  });

  test('is also an error on standard input', async () => {
    const contents = Buffer.from(inLine70001('1,two,3'));
    await expectFailure(
      encode('-'),
      "standard input, line 70001, column 2 (b): 'two' is not a number",
      contents,
    );
  });

  test('a damaged archive and one without arrays are errors', async () => {
    const zip =
      "import zipfile; z = zipfile.ZipFile('none.npz', 'w'); z.writestr('a.txt', 'x'); z.close()";
    execFileSync('/usr/bin/python3', ['-c', zip], { cwd: folder });
    await expectFailure(encode('none.npz'), 'none.npz: it contains no array');
    const header = npy(1, [1, 2, 3]).toString('hex');
    const broken = `
import zipfile
z = zipfile.ZipFile('broken.npz', 'w', zipfile.ZIP_STORED); z.writestr('x.npy', bytes.fromhex('${header}')); z.close()
b = bytearray(open('broken.npz', 'rb').read()); b[b.find(b'NUMPY') + 125] ^= 1; open('broken.npz', 'wb').write(b)`;
    execFileSync('/usr/bin/python3', ['-c', broken], { cwd: folder });
    await expectFailure(
      encode('broken.npz'),
      'broken.npz, array x: it cannot be read as a zip archive (a wrong checksum)',
    );
  });
});

describe('files that cannot be read or written are errors', () => {
  const missing = 'no such file or folder';
  const data = ['encode', '-m', 'model.safetensors', 'good.csv', '-o'];
  const train = ['train', 'good.csv', '--layers', '3,2', '-o'];
  test.each([
    [encode('nowhere.csv'), `nowhere.csv: ${missing}`],
    [encode('nowhere.npz'), `nowhere.npz: ${missing}`],
    [encode('out'), 'out: it is a folder, not a file'],
    [['encode', '-m', 'none.safetensors', 'good.csv'], `none.safetensors: ${missing}`],
    [['encode', '-m', 'out', 'good.csv'], 'out: it is a folder, not a file'],
    [['encode', '-m', 'short.safetensors', 'good.csv'], 'short.safetensors: '],
    [['encode', '-m', 'good.csv', 'good.csv'], 'good.csv: '],
    [['info', 'short.safetensors'], 'short.safetensors: '],
    [[...data, 'nowhere/codes.csv'], `nowhere/codes.csv: ${missing}`],
    [[...data, 'out'], 'out: it is a folder, not a file'],
    [
      [...data, 'good.csv/codes.csv'],
      'good.csv/codes.csv: a part of its path is a file, not a folder',
    ],
    [[...train, 'nowhere/m.safetensors'], `nowhere/m.safetensors: ${missing}`],
    [[...train, 'out'], 'out: it is a folder, not a file'],
    [
      ['train', 'good.csv', '--layers', '4,2', '-o', 'out/m'],
      'good.csv: it has 3 columns, and --layers begins with 4',
    ],
  ])('%j', async (args, message) => {
    writeFileSync(join(folder, 'good.csv'), '1,2,3\n');
    await expectFailure(args, message);
  });

  test('without permission', async () => {
    // Without the rights of root, which may read and write everything. Other users may not be able to read
    // the repository, so the program is copied.
    const isRoot = process.getuid?.() === 0;
    const program = join(folder, 'program');
    cpSync(dirname(PROGRAM), join(program, 'dist'), { recursive: true });
    writeFileSync(join(program, 'package.json'), '{ "type": "module" }');
    const open = join(folder, 'open');
    mkdirSync(open);
    writeFileSync(join(open, 'data.csv'), '1,2,3\n');
    writeFileSync(join(open, 'secret.csv'), '1,2,3\n');
    chmodSync(join(open, 'secret.csv'), 0o000);
    mkdirSync(join(open, 'locked'), 0o555);
    chmodSync(folder, 0o755);
    const user = { program: join(program, 'dist/cli.js'), ...(isRoot ? { uid: 65534 } : {}) };
    for (const [file, output, blamed] of [
      ['secret.csv', '/dev/null', 'secret.csv'],
      ['data.csv', 'locked/m.safetensors', 'locked/m.safetensors'],
    ] as const) {
      const args = ['train', file, '--layers', '3,2', '-o', output];
      const { code, stderr } = await cli(open, args, '', user);
      expect(stderr).toBe(`autoencoder-wasm: ${blamed}: permission denied\n`);
      expect(code).toBe(1);
    }
    chmodSync(join(open, 'locked'), 0o755);
  });

  test('with --json, the error has its place as fields', async () => {
    writeFileSync(join(folder, 'word.csv'), inLine70001('1,two,3'));
    const { code, stderr } = await called(folder, [...encode('word.csv'), '--json']);
    expect(JSON.parse(stderr)).toEqual({
      error: "word.csv, line 70001, column 2 (b): 'two' is not a number",
      file: 'word.csv',
      line: 70001,
      column: 2,
      name: 'b',
    });
    expect(code).toBe(1);
  });
});
