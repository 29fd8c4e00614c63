// anomalies --series on a table, and watch on a stream of rows.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SeriesDetector } from '../../../src/series.js';
import { called, PROGRAM } from '../../support/node/cli.js';

const folder = mkdtempSync(join(tmpdir(), 'autoencoder-series-'));
const path = (name: string) => join(folder, name);
const HOURS = 900;
const START = Date.UTC(2026, 2, 1);

/** Days of 24 hours, with ten constant hours from hour 600 on. */
const value = (i: number) => {
  const x = ((i % 24) - 12) / 12;
  return i >= 600 && i < 610 ? 0 : 50 + 10 * x * x + ((i * 7919) % 13) / 10;
};
const time = (i: number) =>
  new Date(START + 3_600_000 * i).toISOString().slice(0, 19).replace('T', ' ');
const lines = Array.from({ length: HOURS }, (_, i) => `${time(i)},${value(i)}`);
const table = `timestamp,load\n${lines.join('\n')}\n`;

const run = async (args: readonly string[], input = '') => {
  const { code, stdout, stderr } = await called(folder, args, input);
  return { code, stdout: stdout.toString(), stderr };
};

beforeAll(async () => {
  writeFileSync(path('metrics.csv'), table);
  const args = [
    'anomalies',
    'metrics.csv',
    '--series',
    '--window',
    '24',
    '--save',
    'm.safetensors',
  ];
  const { code, stdout, stderr } = await run(args);
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: expect.stringMatching(
      /^1 stretch of 900 moments: score above [\d.]+, windows of 24, learned in/,
    ),
  });
  writeFileSync(path('found.csv'), stdout);
});
afterAll(() => rmSync(folder, { recursive: true }));

test('anomalies --series prints anomalous periods with the times of the table', () => {
  const [head, first, ...rest] = readFileSync(path('found.csv'), 'utf8').trim().split('\n');
  expect(head).toBe('start,end,peak,score,probability,channel,value,expected');
  expect(rest).toEqual([]);
  const [start, end, peak, , , channel, value] = (first as string).split(',') as [
    string,
    string,
    string,
    ...string[],
  ];
  expect(start <= time(600) && end >= time(609)).toBe(true);
  expect(peak >= time(600) && peak <= time(609)).toBe(true);
  expect([channel, value]).toEqual(['load', '0']);
});

test('--save writes a detector that finds the same in other tables, and --json prints JSON', async () => {
  const detector = SeriesDetector.load(readFileSync(path('m.safetensors')));
  expect([detector.window, detector.channels, detector.seed]).toEqual([24, ['load'], 0]);
  const args = [
    'anomalies',
    '-',
    '--series',
    '--time',
    'timestamp',
    '-m',
    'm.safetensors',
    '--json',
  ];
  const { code, stdout, stderr } = await run(args, table);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const found = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(found).toEqual([
    expect.objectContaining({ channel: 'load', value: 0, peak: expect.any(String) }),
  ]);
});

test('without times, periods are given by row, from 1', async () => {
  const { stdout } = await run(
    ['anomalies', '-', '--series', '--window', '24', '--json'],
    `load\n${Array.from({ length: HOURS }, (_, i) => value(i)).join('\n')}`,
  );
  const { start, end } = JSON.parse(stdout);
  expect(start).toBeLessThanOrEqual(601);
  expect(end).toBeGreaterThanOrEqual(610);
});

test.each<[string, readonly string[], string, RegExp]>([
  ['a window of 1', ['--series', '--window', '1'], table, /--window must be an integer from 2/],
  [
    'a short table',
    ['--series', '--time', 'timestamp', '--window', '600'],
    table,
    /it must have at least two windows, 1200 moments, got 900/,
  ],
  ['an invalid time', ['--series', '--time', 'load'], 'load,b\nsoon,1\n', /'soon' is not a time/],
  [
    'times that are not in order',
    ['--series', '--time', '1'],
    `timestamp,load\n${[...lines].reverse().join('\n')}`,
    /order of their times/,
  ],
  [
    '--window and a model',
    ['--series', '-m', 'm.safetensors', '--window', '9'],
    table,
    /cannot be used with --model/,
  ],
  ['--type', ['--series', '--type', 'load=number'], table, /--type cannot be used with --series/],
  [
    '--contamination',
    ['--series', '--contamination', '0.1'],
    table,
    /--contamination cannot be used with --series/,
  ],
  ['--window without --series', ['--window', '9'], table, /--window is for --series/],
])('anomalies with %s is an error', async (_, flags, input, message) => {
  const { code, stderr, stdout } = await run(['anomalies', '-', ...flags], input);
  expect(code).toBeGreaterThan(0);
  expect(stderr).toMatch(message);
  expect(stdout).toBe('');
});

test('watch prints where an anomaly begins and ends, with a header or without', async () => {
  const watched = await run(['watch', '-m', 'm.safetensors', '-'], table);
  expect(watched.code).toBe(0);
  const [odd, usual, ...rest] = watched.stdout.trim().split('\n') as [string, string];
  expect(rest).toEqual([]);
  expect(odd).toMatch(/^2026-03-26 0\d:00:00 {2}odd: score [\d.]+; load 0, expected [\d.]+$/);
  expect(usual).toMatch(/^2026-03-2\d \d\d:00:00 {2}usual again; odd were \d+ moments$/);
  expect(watched.stderr).toMatch(/^900 rows in [\d.]+ s, [\d,]+ a second: 1 alarm\n$/);
  const headless = await run(['watch', '-m', 'm.safetensors', '-'], lines.join('\n'));
  expect(headless.stdout).toBe(watched.stdout);
  const json = await run(
    ['watch', '-m', 'm.safetensors', '-', '--json'],
    Array.from({ length: HOURS }, (_, i) => JSON.stringify({ time: time(i), load: value(i) })).join(
      '\n',
    ),
  );
  const events = json.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(events).toMatchObject([
    { event: 'start', value: [0], time: expect.stringContaining('2026-03-26') },
    { event: 'end' },
  ]);
  expect(json.stderr).toBe('');
});

test('watch reports an invalid line, and continues', async () => {
  const bad = [...lines];
  bad.splice(100, 0, 'no', `${time(100)},x`, `${time(3)},5`, 'timestamp,load');
  const { code, stdout, stderr } = await run(
    ['watch', '-m', 'm.safetensors', '-'],
    `timestamp,load\n${bad.join('\n')}`,
  );
  expect(code).toBe(0);
  expect(stdout).toContain('odd: score');
  expect(stderr).toMatch(/line 102: it has 1 cells/);
  expect(stderr).toMatch(/line 103: 'x' is not a number; it is treated as missing/);
  expect(stderr).toMatch(/line 104: moments must be in the order of their times/);
  expect(stderr.split('\n')).toHaveLength(5);
});

test('watch reports anomalies as lines arrive, and Ctrl-C ends it after the remaining output', async () => {
  const child = spawn(process.execPath, [PROGRAM, 'watch', '-m', 'm.safetensors', '-'], {
    cwd: folder,
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdin.write(`${lines.slice(0, 606).join('\n')}\n`);
  const alarm = await new Promise<string>((resolve) =>
    child.stdout.once('data', (chunk) => resolve(String(chunk))),
  );
  expect(alarm).toContain('odd: score'); // its input is still open
  child.kill('SIGINT');
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect(code).toBe(130);
  expect(stderr).toMatch(/^606 rows in [\d.]+ s, [\d,]+ a second: 1 alarm\n$/);
});

test.each<[string, readonly string[], RegExp]>([
  ['no model', ['watch', '-'], /--model is missing/],
  ['a model of rows', ['watch', '-m', 'metrics.csv', '-'], /metrics.csv: it is /],
])('watch with %s is an error', async (_, args, message) => {
  const { code, stderr } = await run(args, 'a\n1\n');
  expect(code).toBeGreaterThan(0);
  expect(stderr).toMatch(message);
});
