// npm run bench:series -- --data FOLDER: runs SeriesDetector with its defaults, and other methods, on files
// of the Numenta Anomaly Benchmark (https://github.com/numenta/NAB: timestamp,value) with its windows.json.
// Writes bench/SERIES.md. Needs Debian's python3-sklearn.

import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { SeriesDetector } from '../../src/series.js';
import { auroc } from '../quality/auroc.js';

interface Labelled {
  readonly file: string;
  readonly values: Float64Array;
  readonly times: readonly number[];
  readonly windows: readonly (readonly [number, number])[];
}

/** A method's AUROC for each file, and what it reports. */
interface Row {
  readonly auroc: number[];
  reported: number;
  hits: number;
  touched: number;
}

const OURS = 'SeriesDetector';

function readAll(folder: string): Labelled[] {
  const labels = JSON.parse(readFileSync(join(folder, 'windows.json'), 'utf8'));
  return Object.entries(labels as Record<string, [string, string][]>).map(([file, windows]) => {
    const lines = readFileSync(join(folder, file), 'utf8').trim().split('\n').slice(1);
    const cells = lines.map((line) => line.split(','));
    const ms = (text: string) => Date.parse(`${text.slice(0, 19).replace(' ', 'T')}Z`);
    return {
      file,
      values: Float64Array.from(cells, ([, value]) => Number(value)),
      times: cells.map(([time]) => ms(time as string)),
      windows: windows.map(([from, to]) => [ms(from), ms(to)] as const),
    };
  });
}

/** The stretches of scores above three deviations (by median and MAD), as SeriesDetector sets its threshold. */
function stretches(scores: ArrayLike<number>, apart: number): [number, number][] {
  const sorted = Float64Array.from(scores).sort();
  const middle = sorted[sorted.length >> 1] as number;
  const off = sorted.map((score) => Math.abs(score - middle)).sort();
  const threshold = middle + 3.09 * 1.4826 * (off[off.length >> 1] as number);
  const found: [number, number][] = [];
  for (let i = 0; i < scores.length; i++) {
    if (!((scores[i] as number) > threshold)) continue;
    const last = found.at(-1);
    if (last && i - last[1] <= apart) last[1] = i;
    else found.push([i, i]);
  }
  return found;
}

const table = new Map<string, Row>();

function note(
  method: string,
  { times, windows, values }: Labelled,
  scores: ArrayLike<number>,
  found: readonly (readonly [number, number])[],
): void {
  const row = table.get(method) ?? { auroc: [], reported: 0, hits: 0, touched: 0 };
  table.set(method, row);
  const isOdd = times.map((time) => windows.some(([from, to]) => time >= from && time <= to));
  const known = Float64Array.from({ length: values.length }, (_, i) => scores[i] || 0);
  row.auroc.push(auroc(known, isOdd));
  const touches = (
    [start, end]: readonly [number, number],
    [from, to]: readonly [number, number],
  ) => (times[start] as number) <= to && (times[end] as number) >= from;
  row.reported += found.length;
  row.hits += found.filter((each) => windows.some((window) => touches(each, window))).length;
  row.touched += windows.filter((window) => found.some((each) => touches(each, window))).length;
}

const { values: flags } = parseArgs({ options: { data: { type: 'string' } } });
if (flags.data === undefined)
  throw new Error('--data FOLDER is missing: NAB files and windows.json');
const all = readAll(flags.data);
const python = spawn(
  '/usr/bin/python3',
  [fileURLToPath(new URL('baselines.py', import.meta.url))],
  { stdio: ['pipe', 'pipe', 'inherit'] },
);
const answers = createInterface({ input: python.stdout })[Symbol.asyncIterator]();

const chosen: number[] = [];
for (const series of all) {
  python.stdin.write(`${JSON.stringify([...series.values])}\n`);
  const detector = new SeriesDetector({ seed: 0 });
  const moments = Array.from(series.values, (value, i) => ({
    time: series.times[i] as number,
    value,
  }));
  await detector.fit(moments);
  const found = await detector.anomalies(moments);
  const at = (time: unknown) => series.times.indexOf(time as number);
  chosen.push(detector.window as number);
  note(
    OURS,
    series,
    await detector.score(moments),
    found.map(({ start, end }) => [at(start), at(end)] as const),
  );
  const others: Record<string, number[]> = JSON.parse((await answers.next()).value as string);
  for (const [method, scores] of Object.entries(others)) {
    note(method, series, scores, stretches(scores, 64));
  }
  console.log(series.file, [...table].map(([, row]) => row.auroc.at(-1)?.toFixed(2)).join(' '));
}
python.stdin.end();

const methods = [...table.keys()];
const mean = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b) / numbers.length;
const total = all.reduce((sum, { windows }) => sum + windows.length, 0);
const percent = (share: number) => `${Math.round(100 * share)} %`;
const text = `# Series

Written by \`npm run bench:series -- --data FOLDER\`: ${all.length} series of the Numenta Anomaly Benchmark and their ${total} labelled windows, each series through \`new SeriesDetector({ seed: 0 })\` with its times, nothing else set, and beside it the same series through other methods, in one run (scikit-learn, windows scaled column by column). AUROC is a moment's: how often a moment in a labelled window has a higher score than one outside. Reported are stretches of moments above each method's median score by 3.09 of its deviations (by the median absolute deviation), stretches closer than half a window as one.

| method | mean AUROC a moment | lowest | reported | of these in a labelled window | labelled windows touched |
|---|---|---|---|---|---|
${methods
  .map((method) => {
    const { auroc, reported, hits, touched } = table.get(method) as Row;
    return `| ${method} | ${mean(auroc).toFixed(3)} | ${Math.min(...auroc).toFixed(2)} | ${reported} | ${reported ? percent(hits / reported) : '-'} | ${percent(touched / total)} |`;
  })
  .join('\n')}

| series | moments | window | ${methods.join(' | ')} |
|---|---|---|${methods.map(() => '---|').join('')}
${all
  .map(({ file, values }, i) => {
    const scores = methods.map((method) => (table.get(method) as Row).auroc[i] as number);
    const best = Math.max(...scores);
    const cells = scores.map((score) =>
      score === best ? `**${score.toFixed(3)}**` : score.toFixed(3),
    );
    return `| ${file.replace('__', ' / ').replace('.csv', '')} | ${values.length.toLocaleString('en')} | ${chosen[i]} | ${cells.join(' | ')} |`;
  })
  .join('\n')}
`;
writeFileSync(fileURLToPath(new URL('../SERIES.md', import.meta.url)), text);
console.log(
  text
    .split('\n')
    .slice(4, 4 + methods.length + 3)
    .join('\n'),
);
