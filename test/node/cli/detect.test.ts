// `anomalies` without a model, and with a detector.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AnomalyDetector } from '../../../src/anomalies.js';
import { generator } from '../../support/data.js';
import { called } from '../../support/node/cli.js';

let folder: string;
const NAMES = ['id', 'a', 'b', 'sum'];
const next = generator(3);
const rows = Array.from({ length: 300 }, (_, i) => {
  const [a, b] = [next() * 10, next() * 10];
  return [1000 + i, a, b, a + b + next() / 2].map((value) => Number(value.toFixed(3)));
});
(rows[41] as number[])[3] = 60;
const csv = [NAMES, ...rows].map((row) => row.join()).join('\n');
const run = async (...args: string[]) => {
  const { stdout, ...others } = await called(folder, args);
  return { stdout: stdout.toString(), ...others };
};
const lines = (text: string) => text.trim().split('\n');

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'autoencoder-wasm-'));
  writeFileSync(join(folder, 'x.csv'), csv);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('anomalies without a model', () => {
  test('trains on a file and prints its anomalies, the highest score first', async () => {
    const { stdout, stderr, code } = await run('anomalies', 'x.csv', '--columns', '2-4');
    expect(code).toBe(0);
    const [header, first] = lines(stdout);
    expect(header).toBe(
      'row,score,probability,anomaly,column1,share1,value1,expected1,column2,share2,value2,expected2,' +
        'column3,share3,value3,expected3',
    );
    const [row, , chance, anomaly, column, , value] = (first as string).split(',');
    expect([row, anomaly, column, value]).toEqual(['42', '1', 'sum', '60']);
    expect(Number(chance)).toBeGreaterThan(0.95);
    expect(stderr).toMatch(/rows? of 300 in .*: score above .*, since /);
    expect(stderr).toContain('epoch');
  });

  test('--save writes the detector for --model, and --keep copies identifying columns', async () => {
    const fresh = await run(
      ...['anomalies', 'x.csv', '--columns', '2-4', '--save', 'd.safetensors'],
      ...['--keep', 'id', '--top', '1', '--json'],
    );
    const found = lines(fresh.stdout).map((line) => JSON.parse(line));
    expect(found[0]).toMatchObject({ kept: { id: 1041 }, row: 42, anomaly: true });
    expect(found[0].features).toHaveLength(1);
    expect(Object.keys(found[0].features[0])).toEqual(['column', 'share', 'value', 'expected']);
    expect(fresh.stderr).toBe('');
    const again = await run(
      ...['anomalies', '-m', 'd.safetensors', 'x.csv', '--keep', 'id', '--top', '1', '--json'],
    );
    expect(again.stdout).toBe(fresh.stdout);
    const detector = AnomalyDetector.load(readFileSync(join(folder, 'd.safetensors')));
    const x = rows.map((row) => row.slice(1));
    const flags = await detector.isAnomaly(x);
    expect(found.map(({ row }) => row).sort((a, b) => a - b)).toEqual(
      [...flags.keys()].filter((i) => flags[i]).map((i) => i + 1),
    );
    const share = await run(
      ...['anomalies', '-m', 'd.safetensors', 'x.csv', '--contamination', '0.1', '-q'],
    );
    expect(lines(share.stdout)).toHaveLength(1 + 30);
    const all = await run('anomalies', '-m', 'd.safetensors', 'x.csv', '--all', '-q');
    expect(lines(all.stdout)).toHaveLength(1 + 300);
    const none = await run('anomalies', '-m', 'd.safetensors', 'x.csv', '--threshold', '99', '-q');
    expect(lines(none.stdout)).toHaveLength(1);
    const why = await run('explain', '-m', 'd.safetensors', 'x.csv', '--top', '1', '--keep', 'id');
    const [head, ...each] = lines(why.stdout).map((line) => line.split(','));
    expect(head?.join()).toBe('id,row,score,probability,column1,share1,value1,expected1');
    expect(each.map(([, row]) => Number(row))).toEqual(rows.map((_, i) => i + 1));
    const blamed = found.map(({ row, features }) => [row, features[0].column]);
    expect(blamed.map(([row]) => [row, each[row - 1]?.[4]])).toEqual(blamed);
    expect(why.stderr).toBe('');
  });

  test('accepts words, reports anomalous ones, and saves the columns', async () => {
    const cities = ['Rome', 'Oslo', 'Lima'];
    const table = Array.from({ length: 240 }, (_, i) => {
      const heat = (i % 3) * 10 + next();
      const city = cities[i === 99 ? (i + 1) % 3 : i % 3] as string;
      return [`p${i}`, city, heat.toFixed(2), next().toFixed(3)];
    });
    const csv = [['name', 'city', 'heat', 'rain'], ...table].map((row) => row.join()).join('\n');
    writeFileSync(join(folder, 'words.csv'), csv);
    const fresh = await run(
      ...['anomalies', 'words.csv', '--save', 'w.safetensors', '--keep', 'name', '--top', '9'],
    );
    expect(fresh.code).toBe(0);
    expect(fresh.stderr).toContain('left out: name: every value is different');
    const [header, first] = lines(fresh.stdout);
    expect(header).toMatch(/^name,row,score,probability,anomaly,column1,.*,expected3$/);
    const cells = (first as string).split(',');
    expect(cells.slice(0, 2)).toEqual(['p99', '100']);
    const at = cells.indexOf('city');
    expect([cells[at + 2], cells[at + 3]]).toEqual([table[99]?.[1], cities[0]]);
    const again = await run(
      ...['anomalies', '-m', 'w.safetensors', 'words.csv', '--keep', 'name', '--top', '9', '-q'],
    );
    expect(again.stdout).toBe(fresh.stdout);
    const nameless = csv.replace(/^.*\n/, '');
    writeFileSync(join(folder, 'nameless.csv'), nameless);
    const json = await run(
      ...['anomalies', 'nameless.csv', '--type', '1=ignore,4=ignore', '--json', '--top', '1'],
    );
    const found = JSON.parse(lines(json.stdout)[0] as string);
    expect(found).toMatchObject({ row: 100, anomaly: true });
    expect(['2', '3']).toContain(found.features[0].column);
    const odd = await run('anomalies', '-m', 'w.safetensors', 'words.csv', '--type', 'heat=ignore');
    expect(odd.stderr).toContain('--type cannot be used with --model');
    const listed = await run('anomalies', '-m', 'w.safetensors', 'words.csv', '--columns', '1-2');
    expect(listed.stderr).toContain('by their names');
    const chosen = await run(
      ...['anomalies', 'words.csv', '--columns', 'city,heat', '--type', 'city=category', '-q'],
    );
    expect(lines(chosen.stdout)[1]).toMatch(/^100,/);
    expect(chosen.stdout).not.toContain('rain');
  });

  test('treats missing cells as ordinary', async () => {
    writeFileSync(join(folder, 'gaps.csv'), csv.replace(/^(1003,)[^,]*/m, '$1'));
    const { stdout, code } = await run('anomalies', 'gaps.csv', '--columns', '2-4', '-q');
    expect(code).toBe(0);
    expect(lines(stdout)[1]).toMatch(/^42,/);
  });

  test.each([
    [['x.csv', '--threshold', '1', '--contamination', '0.1'], 'cannot be combined'],
    [['x.csv', '--save', 'x.csv'], '--save is the same file as DATA (x.csv)'],
    [
      ['x.csv', '-m', 'd.safetensors', '--save', 'e.safetensors'],
      '--save cannot be used with --model',
    ],
    [['x.csv', '-m', 'd.safetensors', '--seed', '1'], '--seed cannot be used with --model'],
    [['x.csv', '--type', 'a'], '--type must be columns and types'],
    [['x.csv', '--seed', '-1'], '--seed must be an integer from 0'],
    [['one.csv'], 'it must have at least 2 rows'],
  ])('refuses %j', async (args, message) => {
    writeFileSync(join(folder, 'one.csv'), '1,2\n');
    const { stderr, code } = await run('anomalies', ...args);
    expect(stderr).toContain(message);
    expect(code).toBeGreaterThan(0);
  });
});
