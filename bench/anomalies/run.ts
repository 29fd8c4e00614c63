// npm run bench:anomalies -- --data FOLDER: compares AnomalyDetector with other methods on every NPZ file
// of a folder that has X, (rows, columns), and y, 1 for odd rows, such as ADBench's (Han et al. 2022,
// https://arxiv.org/abs/2206.09426). Only the measures see y, never the methods. Writes bench/ANOMALIES.md.
// The other methods run on scikit-learn: apt-get install python3-sklearn, from Debian.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { AnomalyDetector } from '../../src/anomalies.js';
import { readNpz } from '../../src/data.js';
import { auroc } from '../quality/auroc.js';
import { averagePrecision, f1 } from './measures.js';
import { report } from './report.js';

/** Each table is learned with this many seeds; the report has the means over them. */
const SEEDS = 3;
/** The thresholds that `'auto'` is compared with. */
const SHARES = [0.05, 0.1, 0.2];
const PYTHON = process.env.PYTHON ?? '/usr/bin/python3';

/** The results of a method on a table. */
export interface Result {
  auroc: number;
  precision: number;
  seconds: number;
}

export interface Table {
  name: string;
  rows: number;
  width: number;
  /** The fraction of anomalous rows. */
  odd: number;
  results: Record<string, Result>;
  /** The flags of detector.isAnomaly, and the rule that chose its threshold. */
  f1: Record<string, number>;
  /** The rule that 'auto' chose. */
  rule: string;
}

const { values } = parseArgs({ options: { data: { type: 'string' } } });
if (values.data === undefined) throw new Error('--data is missing: a folder of NPZ files');
const folder = mkdtempSync(join(tmpdir(), 'autoencoder-wasm-'));
const others = spawn(PYTHON, [join(import.meta.dirname, 'others.py')], {
  stdio: ['pipe', 'pipe', 'inherit'],
  // Without the setting by which some machines choose the kernels of OpenBLAS.
  env: { ...process.env, OPENBLAS_CORETYPE: undefined },
});
const answers = createInterface({ input: others.stdout })[Symbol.asyncIterator]();
try {
  await warmUp();
  const tables: Table[] = [];
  for (const file of readdirSync(values.data)
    .filter((name) => name.endsWith('.npz'))
    .sort()) {
    const table = await measure(values.data, file, others);
    tables.push(table);
    const all = Object.entries(table.results).map(
      ([name, { auroc }]) => `${name} ${auroc.toFixed(3)}`,
    );
    console.log(`${table.name}: ${all.join(', ')}`);
  }
  const text = report(tables, SHARES, availableParallelism());
  writeFileSync(join(import.meta.dirname, '..', 'ANOMALIES.md'), text);
  console.log(text.slice(text.indexOf('| mean')));
} finally {
  others.stdin.end();
  rmSync(folder, { recursive: true });
}

/** The first run compiles the kernels; the measured ones need not. */
async function warmUp(): Promise<void> {
  const rows = Array.from({ length: 200 }, (_, i) => [Math.sin(i), Math.cos(i * i)]);
  const detector = new AnomalyDetector({ seed: 0 });
  await detector.fit(rows);
  await detector.score(rows);
}

async function array(path: string, name: string) {
  const reader = await readNpz(path, { array: name });
  return reader.readAll();
}

async function measure(from: string, file: string, python: ChildProcess): Promise<Table> {
  const path = join(from, file);
  const { data, shape } = await array(path, 'X');
  const [rows, width] = shape;
  const x = { data: Float32Array.from(data), shape: [rows, width] as [number, number] };
  const y = Uint8Array.from((await array(path, 'y')).data);
  const isOdd = Array.from(y, (label) => label === 1);
  const files = { x: join(folder, 'x'), y: join(folder, 'y') };
  writeFileSync(files.x, x.data);
  writeFileSync(files.y, y);
  python.stdin?.write(`${JSON.stringify({ ...files, rows, width })}\n`);
  const { value } = await answers.next();
  if (value === undefined) throw new Error(`${PYTHON} has ended: is python3-sklearn installed?`);
  const own: Result = { auroc: 0, precision: 0, seconds: 0 };
  const scored: Record<string, number> = { auto: 0 };
  let rule = '';
  for (let seed = 0; seed < SEEDS; seed++) {
    const start = performance.now();
    const detector = new AnomalyDetector({ seed });
    await detector.fit(x);
    const scores = await detector.score(x);
    own.seconds += (performance.now() - start) / 1000 / SEEDS;
    own.auroc += auroc(scores, isOdd) / SEEDS;
    own.precision += averagePrecision(scores, y) / SEEDS;
    rule = (await detector.fitThreshold(x)).method;
    (scored.auto as number) += f1(await detector.isAnomaly(x), y) / SEEDS;
    for (const contamination of SHARES) {
      await detector.fitThreshold(x, { method: 'quantile', contamination });
      const one = f1(await detector.isAnomaly(x), y) / SEEDS;
      scored[contamination] = (scored[contamination] ?? 0) + one;
    }
    detector.dispose();
  }
  const name = file.replace(/^\d+_|\.npz$/g, '');
  const odd = y.reduce((sum, label) => sum + label, 0) / rows;
  const results = { AnomalyDetector: own, ...JSON.parse(value) } as Table['results'];
  return { name, rows, width, odd, results, f1: scored, rule };
}
