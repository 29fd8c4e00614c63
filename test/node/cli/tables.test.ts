// The command line on tables of words and numbers.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { called } from '../../support/node/cli.js';
import { mixedTable } from '../../support/table-rows.js';

const rows = mixedTable(200).map(({ note, ...row }) => row);
const NAMES = Object.keys(rows[0] as object);
const cell = (value: unknown) => (value === null ? '' : String(value));
const lines = rows.map((row) => Object.values(row).map(cell).join(','));

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'autoencoder-wasm-'));
  writeFileSync(join(folder, 'visits.csv'), `${[NAMES.join(), ...lines].join('\n')}\n`);
  writeFileSync(join(folder, 'bare.csv'), `${lines.join('\n')}\n`);
  writeFileSync(
    join(folder, 'visits.jsonl'),
    rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
  );
  await ok('train', 'visits.csv', '-o', 'm.safetensors', '--seed', '1', '--epochs', '60');
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

async function ok(...args: string[]): Promise<{ text: string; stderr: string }> {
  const { code, stdout, stderr } = await called(folder, args);
  expect(stderr.toString() + stdout.toString(), args.join(' ')).toEqual(
    code === 0 ? expect.anything() : '',
  );
  return { text: stdout.toString(), stderr: stderr.toString() };
}
const fails = async (...args: string[]) => {
  const { code, stderr } = await called(folder, args);
  expect(code).not.toBe(0);
  return stderr.toString();
};
const read = (name: string) => readFileSync(join(folder, name), 'utf8');

describe('train without flags', () => {
  test('prints what was chosen and left out, in three lines', async () => {
    const { stderr } = await ok('train', 'visits.csv', '-o', 'a', '--seed', '1', '--epochs', '2');
    const [columns, left, network] = stderr.split('\n');
    expect(columns).toBe(
      '200 rows; columns: 2 numbers, 1 category (proto), 1 boolean (ok), 1 date (day)',
    );
    expect(left).toBe('left out: id (every value is different)');
    expect(network).toMatch(/^network 1\d(-\d+)+-1\d, chosen by columns and rows; seed 1$/);
  });

  test('finds the same columns in other forms of the table', async () => {
    const office = [NAMES, ...rows.map((row) => Object.values(row).map(cell))].map((cells) =>
      cells.map((text) => (/^-?\d+\.\d+$/.test(text) ? text.replace('.', ',') : text)).join(';'),
    );
    const text = `\ufeffsep=;\r\n${office.join('\r\n')}\r\n`;
    writeFileSync(join(folder, 'office.csv'), Buffer.from(text, 'utf16le'));
    writeFileSync(join(folder, 'visits.json'), JSON.stringify(rows, undefined, 1));
    const known = JSON.parse((await ok('info', '--json', 'm.safetensors')).text).table;
    for (const name of ['visits.jsonl', 'visits.json', 'office.csv']) {
      await ok('train', name, '-o', 'j', '--seed', '1', '--epochs', '2', '-q');
      expect(JSON.parse((await ok('info', '--json', 'j')).text).table, name).toEqual(known);
    }
  });

  test('accepts the words of --na as missing cells', async () => {
    const none = rows.map((row) => Object.values(row).map((value) => cell(value) || 'unknown'));
    const text = [NAMES, ...none].map((cells) => `${cells.join()}\n`).join('');
    writeFileSync(join(folder, 'unknown.csv'), text);
    const train = ['train', 'unknown.csv', '-o', 'u', '--seed', '1', '--epochs', '2', '-q'];
    await ok(...train, '--na', 'unknown');
    const known = JSON.parse((await ok('info', '--json', 'm.safetensors')).text).table;
    expect(JSON.parse((await ok('info', '--json', 'u')).text).table).toEqual(known);
  });

  test('numbers the columns of a table without names, for --type and --columns', async () => {
    const { stderr } = await ok(
      'train',
      'bare.csv',
      '--type',
      '3=ignore,2=category',
      '--columns',
      '2-5',
      '-o',
      'b',
      '--epochs',
      '1',
    );
    expect(stderr).toContain(
      'left out: 1 (as it was told), 3 (as it was told), 6 (as it was told)',
    );
    expect(stderr).toContain('1 category (2)');
  });

  test('reports impossible types and columns', async () => {
    expect(await fails('train', 'visits.csv', '--type', 'zip=category', '-o', 'x')).toContain(
      "--type: visits.csv has no column 'zip'",
    );
    expect(await fails('train', 'visits.csv', '--type', 'id=word', '-o', 'x')).toContain(
      'did you mean',
    );
    expect(
      await fails('train', 'visits.csv', '--type', 'id=ignore', '--layers', '5,2', '-o', 'x'),
    ).toContain('--layers is determined by the columns of a table: give --hidden and --code');
    writeFileSync(join(folder, 'twice.csv'), 'a,a\nx,1\ny,2\n');
    expect(await fails('train', 'twice.csv', '-o', 'x')).toContain("two columns are called 'a'");
    writeFileSync(join(folder, 'nested.jsonl'), '{"a":{"b":1}}\n');
    expect(await fails('train', 'nested.jsonl', '-o', 'x')).toContain(
      'line 1, column 1 (a): it is an object',
    );
    const wrong = lines.map((line, i) => (i === 7 ? line.replace(/^\d+,[^,]*/, '8,abc') : line));
    writeFileSync(join(folder, 'wrong.csv'), `${[NAMES.join(), ...wrong].join('\n')}\n`);
    expect(await fails('score', '-m', 'm.safetensors', 'wrong.csv')).toContain(
      'wrong.csv, line 9, row 8, column 2 (amount)',
    );
  });

  test('resumes a run, to the same bytes', async () => {
    const args = [
      'visits.csv',
      '--seed',
      '1',
      '--hidden',
      '8',
      '--code',
      '2',
      '--type',
      'id=ignore',
    ];
    await ok('train', ...args, '--epochs', '6', '-o', 'whole');
    await ok('train', ...args, '--epochs', '6', '--stream', '-o', 'streamed');
    const { stderr } = await ok('train', 'visits.csv', '--resume', '--epochs', '8', '-o', 'whole');
    expect(stderr).toContain('whole goes on after epoch 6');
  });
});

describe('a model of a table', () => {
  test('shows its columns in info', async () => {
    const { text } = await ok('info', 'm.safetensors');
    expect(text).toMatch(/^id +ignore +every value is different$/m);
    expect(text).toMatch(/^proto +category +icmp, tcp, udp$/m);
  });

  test('encodes rows, and decodes them to names and words', async () => {
    await ok('encode', '-m', 'm.safetensors', 'visits.csv', '-o', 'codes.npy');
    const { text } = await ok('decode', '-m', 'm.safetensors', 'codes.npy');
    const [head, first] = text.split('\n');
    expect(head).toBe('amount,proto,ok,day,bytes');
    expect(first).toMatch(/^[\d.]+,(icmp|tcp|udp),(true|false),\d{4}-\d\d-\d\d,[\d.]+$/);
    const { text: back } = await ok('reconstruct', '-m', 'm.safetensors', 'visits.jsonl');
    expect(Object.keys(JSON.parse(back.split('\n')[0] as string))).toEqual([
      'amount',
      'proto',
      'ok',
      'day',
      'bytes',
    ]);
  });

  test('imputes missing cells, and keeps every other byte', async () => {
    await ok('impute', '-m', 'm.safetensors', 'visits.csv', '-o', 'full.csv');
    const [before, after] = [read('visits.csv'), read('full.csv')].map((text) => text.split('\n'));
    expect(after?.length).toBe(before?.length);
    for (const [i, line] of (before as string[]).entries()) {
      if (!/,,/.test(line)) expect(after?.[i]).toBe(line);
      else expect(after?.[i]).not.toMatch(/,,/);
    }
  });

  test('scores rows with kept columns, whatever the order of the columns', async () => {
    const { text } = await ok('score', '-m', 'm.safetensors', 'visits.csv', '--keep', 'id');
    const [head, first] = text.split('\n');
    expect(head).toBe('id,score');
    const turned = rows.map((row) => Object.values(row).reverse().map(cell).join(','));
    writeFileSync(
      join(folder, 'turned.csv'),
      `${[[...NAMES].reverse().join(), ...turned].join('\n')}\n`,
    );
    const { text: other } = await ok('score', '-m', 'm.safetensors', 'turned.csv', '--keep', 'id');
    expect(other.split('\n')[1]).toBe(first);
    const { text: bare } = await ok('score', '-m', 'm.safetensors', 'bare.csv', '--keep', '1');
    expect(bare.split('\n')[1]).toBe(first);
  });

  test('reports anomalies and the columns to blame', async () => {
    writeFileSync(
      join(folder, 'odd.csv'),
      `${NAMES.join()}\n1,205,icmp,true,2023-05-05,90000\n2,205,udp,true,2023-05-05,900000\n`,
    );
    const { text, stderr } = await ok(
      'anomalies',
      '-m',
      'm.safetensors',
      'odd.csv',
      '--all',
      '--json',
      '--top',
      '2',
    );
    expect(stderr).toBe('');
    const [odd] = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(odd.features[0]).toMatchObject({ column: 'proto', value: 'icmp', expected: 'udp' });
    const csv = await ok(
      'anomalies',
      '-m',
      'm.safetensors',
      'visits.csv',
      'odd.csv',
      '--contamination',
      '0.05',
      '--keep',
      'id',
    );
    expect(csv.text.split('\n')[0]).toBe(
      'id,file,row,score,anomaly,column1,value1,expected1,column2,value2,expected2,column3,value3,expected3',
    );
    expect(csv.stderr).toMatch(/^11 rows of 202/);
  });

  test('reads true and false in JSON as truth values', async () => {
    const { text } = await ok('reconstruct', '-m', 'm.safetensors', 'visits.jsonl');
    const first = JSON.parse(text.split('\n')[0] as string);
    expect(typeof first.ok).toBe('boolean');
    expect(typeof first.proto).toBe('string');
  });

  test('explain reports the columns to blame in every row, without a threshold', async () => {
    const file = `${NAMES.join()}\n${lines[0]}\n1,205,icmp,true,2023-05-05,90000\n`;
    writeFileSync(join(folder, 'two.csv'), file);
    const { text, stderr } = await ok(
      ...['explain', '-m', 'm.safetensors', 'two.csv', '--top', '1', '--keep', 'proto'],
    );
    expect(stderr).toBe('');
    const [head, first, odd] = text.split('\n').map((line) => line.split(','));
    expect(head).toEqual(['proto', 'row', 'score', 'column1', 'value1', 'expected1']);
    expect(first?.slice(0, 2)).toEqual([rows[0]?.proto, '1']);
    expect(odd?.slice(3)).toEqual(['proto', 'icmp', 'udp']);
    const scores = (await ok('score', '-m', 'm.safetensors', 'two.csv')).text.split('\n');
    expect(Number(odd?.[2])).toBeCloseTo(Number(scores[2]), 4);
    const json = await ok('explain', '-m', 'm.safetensors', 'two.csv', '--json');
    const found = JSON.parse(json.text.split('\n')[1] as string);
    expect(Object.keys(found)).toEqual(['row', 'score', 'features']);
    expect(found.features[0]).toMatchObject({ column: 'proto', value: 'icmp', expected: 'udp' });
    expect(found.features).toHaveLength(3);
    for (const [flags, message] of [
      [['two.csv'], '--model is missing'],
      [['-m', 'm.safetensors', 'two.csv', '--top', '0'], '--top must be an integer from 1'],
      [['-m', 'm.safetensors', 'two.csv', '--output-format', 'npy'], /npy/],
      [['-m', 'm.safetensors', 'two.csv', '--threshold', '1'], /threshold/],
    ] as const) {
      expect(await fails('explain', ...flags)).toMatch(message);
    }
  });
});
