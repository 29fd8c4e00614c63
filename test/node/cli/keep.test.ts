// --keep copies columns from the input to the output.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { npyHeader } from '../../../src/cli/tables/npy-header.js';
import { called } from '../../support/node/cli.js';

let folder: string;
const write = (name: string, text: string | Uint8Array) => writeFileSync(join(folder, name), text);

async function ok(args: readonly string[], input = '') {
  const { code, stdout, stderr } = await called(folder, args, input);
  expect(code === 0 ? '' : stderr).toBe('');
  return stdout.toString('latin1');
}
const linesOf = (text: string) => text.trimEnd().split('\n');

async function failure(code: number, ...args: string[]): Promise<string> {
  const { stderr, ...outcome } = await called(folder, args);
  expect([outcome.code, stderr]).toEqual([code, expect.stringMatching(/^autoencoder-wasm: .*\n/m)]);
  return /^autoencoder-wasm: (.*)/m.exec(stderr)?.[1] as string;
}

/** The exact text in the file, with quotes, zeros and bytes that are not UTF-8. */
const IDS = ['007', '"a, ""b"""', '1.10', '\xe9t\xe9'];
const NUMBERS = ['0.5,0.25', '0.125,1', '0,0.5', '1,0'];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'autoencoder-wasm-'));
  const rows = IDS.map((id, i) => `${id},${NUMBERS[i]}`).join('\n');
  write('plain.csv', `x,y\n${NUMBERS.join('\n')}\n`);
  write('ids.csv', Buffer.from(`id,x,y\n${rows}\n`, 'latin1'));
  write('bare.csv', Buffer.from(`${rows}\n`, 'latin1'));
  write('turned.csv', 'y,x,id\n0.25,0.5,last\n');
  write('ids.jsonl', '{"id": {"a": [1.0]}, "x": 0.5, "y": 0.25}\n{"x": 0.5, "y": 0.25}\n');
  const numbers = Float32Array.of(9, 0.5, 0.25, 10, 0.125, 1);
  write('ids.npy', Buffer.concat([npyHeader(2, 3), Buffer.from(numbers.buffer)]));
  const flags = ['--code', '1', '--seed', '1', '--epochs', '2', '-q'];
  await ok(['train', 'plain.csv', ...flags, '-o', 'm']);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('--keep puts columns in front, byte for byte', () => {
  test.each([['encode'], ['reconstruct'], ['score']])('in the output of %s', async (task) => {
    const [head, ...rows] = linesOf(await ok([task, '-m', 'm', 'plain.csv']));
    const expected = [`id,${head}`, ...rows.map((row, i) => `${IDS[i]},${row}`)];
    expect(linesOf(await ok([task, '-m', 'm', 'ids.csv', '--keep', 'id']))).toEqual(expected);
  });

  test('from a table without names, by number', async () => {
    const rows = linesOf(await ok(['encode', '-m', 'm', 'ids.csv', '--keep', 'id'])).slice(1);
    const bare = linesOf(await ok(['encode', '-m', 'm', 'bare.csv', '--keep', '1']));
    expect(bare).toEqual(['column1,code1', ...rows]);
  });

  test('in the output of anomalies', async () => {
    const args = ['anomalies', '-m', 'm', '--threshold', '0', '--all', '-q'];
    const [head, ...rows] = linesOf(await ok([...args, 'plain.csv']));
    const expected = [`id,${head}`, ...rows.map((row, i) => `${IDS[i]},${row}`)];
    expect(linesOf(await ok([...args, 'ids.csv', '--keep', 'id']))).toEqual(expected);
    const [json] = linesOf(await ok([...args, 'ids.csv', '--keep', 'id,x', '--json']));
    expect(json).toMatch(/^\{"kept":\{"id":"007","x":0\.5\},"row":1,/);
  });

  test('and decode can keep what encode has kept', async () => {
    const codes = await ok(['encode', '-m', 'm', 'turned.csv', '--keep', 'id']);
    const rows = await ok(['decode', '-m', 'm', '-', '--keep', 'id'], codes);
    expect(linesOf(rows)[0]).toBe('id,x,y');
    expect(linesOf(rows)[1]).toMatch(/^last,/);
  });

  test('from several files, by name', async () => {
    const out = await ok(['score', '-m', 'm', 'ids.csv', 'turned.csv', '--keep', '1']);
    expect(linesOf(out).map((line) => line.replace(/,[^,]*$/, ''))).toEqual(['id', ...IDS, 'last']);
  });

  test.each([
    ['ids.jsonl', 'jsonl', [/^\[\{"a": \[1\.0\]\},[\d.e-]+\]$/, /^\[null,[\d.e-]+\]$/]],
    ['ids.jsonl', 'csv', [/^id,score$/, /^"\{""a"": \[1\.0\]\}",[\d.e-]+$/, /^,[\d.e-]+$/]],
    ['ids.csv', 'tsv', [/^id\tscore$/, /^007\t/, /^"a, ""b"""\t/, /^1\.10\t/, /\t/]],
    ['ids.csv', 'jsonl', [/^\["007",/, /^\["a, \\"b\\"",/, /^\[1\.10,/, /^\[/]],
    ['ids.npy', 'csv', [/^column1,score$/, /^9,/, /^10,/]],
  ])('from %s as %s', async (file, format, expected) => {
    const keep = file.endsWith('npy') ? '1' : 'id';
    const out = await ok(['score', '-m', 'm', file, '--keep', keep, '--output-format', format]);
    const lines = linesOf(out);
    expect(lines).toEqual(expected.map((line) => expect.stringMatching(line)));
  });

  test('also if texts are longer than the output buffer', async () => {
    const long = 'a'.repeat(300_000);
    write('long.csv', `id,x,y\n${long},0,1\n${long},1,0\n`);
    const lines = linesOf(await ok(['score', '-m', 'm', 'long.csv', '--keep', 'id']));
    expect(lines.slice(1).map((line) => line.split(',')[0])).toEqual([long, long]);
  });
});

test('a kept column is also an input if it is selected, or if the model takes that many columns', async () => {
  const [, ...rows] = linesOf(await ok(['score', '-m', 'm', 'plain.csv']));
  const expected = ['x,score', ...rows.map((row, i) => `${NUMBERS[i]?.split(',')[0]},${row}`)];
  const args = ['score', '-m', 'm', '--keep', 'x'];
  expect(linesOf(await ok([...args, 'plain.csv']))).toEqual(expected);
  expect(linesOf(await ok([...args, 'ids.csv', '--columns', 'x,y']))).toEqual(expected);
});

test.each([
  [['ids.csv', '--keep', 'idd'], "--keep: ids.csv has no column 'idd'; did you mean 'id'?"],
  [['ids.csv', '--keep', '4'], "--keep: ids.csv has columns 1 to 3, got '4'"],
  [['ids.csv', '--keep', 'id,1'], '--keep names column 1 twice'],
  [
    ['ids.npy', '--keep', 'id'],
    "--keep: ids.npy has no column 'id'; it has no names, only numbers from 1",
  ],
  [
    ['ids.csv', '--keep', 'id', '-o', 'x.npy'],
    '--keep copies text, which npy cannot store; use one of csv, tsv, jsonl',
  ],
])('%j is refused', async (args, expected) => {
  expect(await failure(2, 'encode', '-m', 'm', ...args)).toBe(expected);
});
