// Measures what TableAutoencoder's defaults achieve on public tables: npm run bench:tables -- --data
// FOLDER, where FOLDER has nsl-kdd/train-20-percent.csv.gz. Writes bench/TABLES.md; needs Debian's
// python3-sklearn.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { TableAutoencoder, type TableRow } from 'autoencoder-wasm/table';
import { auroc } from '../quality/auroc.js';

const SEEDS = [0, 1, 2];
const ROOT = join(import.meta.dirname, '../..');
const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const shown = (values: readonly number[]) =>
  `${mean(values).toFixed(3)} (${values.map((value) => value.toFixed(3)).join(', ')})`;

/** Random numbers in [0, 1), by the generator of Numerical Recipes. */
function generator(seed: number): () => number {
  let x = seed >>> 0;
  return () => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    return x / 2 ** 32;
  };
}

const { values } = parseArgs({ options: { data: { type: 'string', default: '../shared/data' } } });

/** Half of the normal rows to train on; the other half and all attacks to test with. */
function splits(isNormal: readonly boolean[]): [train: number[], test: number[]][] {
  return SEEDS.map((seed) => {
    const random = generator(seed);
    const normal = [...isNormal.keys()].filter((i) => isNormal[i]);
    const order = new Map(normal.map((i) => [i, random()]));
    normal.sort((a, b) => (order.get(a) as number) - (order.get(b) as number));
    const half = normal.length >> 1;
    const attacks = [...isNormal.keys()].filter((i) => !isNormal[i]);
    return [normal.slice(0, half), [...normal.slice(half), ...attacks]];
  });
}

async function attacks(): Promise<string[]> {
  const file = join(values.data, 'nsl-kdd/train-20-percent.csv.gz');
  const lines = gunzipSync(readFileSync(file)).toString().trim().split('\n');
  const rows = lines.map((line) => line.split(','));
  const all = splits(rows.map((row) => row[41] === 'normal'));
  const ours: number[] = [];
  for (const [seed, [train, test]] of all.entries()) {
    const take = (numbers: readonly number[]) =>
      numbers.map((i) => (rows[i] as string[]).slice(0, 41));
    const t = new TableAutoencoder({ seed });
    await t.fit(take(train));
    const isAttack = test.map((i) => rows[i]?.[41] !== 'normal');
    ours.push(auroc(await t.score(take(test)), isAttack));
  }
  const env = { ...process.env, PYTHONPATH: '/usr/lib/python3/dist-packages' };
  const output = execFileSync(
    '/usr/bin/python3',
    [join(import.meta.dirname, 'baselines.py'), file],
    {
      env,
      input: JSON.stringify(all),
    },
  );
  const baselines: [number, number][] = `${output}`
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return [
    '| NSL-KDD, attacks among connections that were not trained on | AUROC (seeds 0, 1, 2) |',
    '|---|---|',
    `| \`TableAutoencoder\`, defaults | ${shown(ours)} |`,
    `| IsolationForest, one-hot rows | ${shown(baselines.map(([forest]) => forest))} |`,
    `| PCA, 20 components, one-hot rows | ${shown(baselines.map(([, pca]) => pca))} |`,
  ];
}

function readTable(path: string, left: readonly string[] = []): TableRow[] {
  const [names = [], ...lines] = readFileSync(join(ROOT, path), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  return lines.map((line) =>
    Object.fromEntries(names.flatMap((name, j) => (left.includes(name) ? [] : [[name, line[j]]]))),
  );
}

async function gaps(title: string, full: readonly TableRow[]): Promise<string> {
  const [ratios, right, frequent]: [number[], number[], number[]] = [[], [], []];
  for (const seed of SEEDS) {
    const random = generator(seed + 100);
    const names = Object.keys(full[0] as object);
    const holes = full.map((row) =>
      Object.fromEntries(names.map((name) => [name, random() < 0.2 ? '' : row[name]])),
    );
    const t = new TableAutoencoder({ seed });
    await t.fit(holes);
    const filled = await t.impute(holes);
    const [errors, accuracy, base]: [number[], number[], number[]] = [[], [], []];
    for (const { name, type } of t.columns) {
      const lost = [...full.keys()].filter(
        (i) => holes[i]?.[name] === '' && full[i]?.[name] !== '',
      );
      const known = holes.map((row) => row[name]).filter((cell) => cell !== '');
      const truth = lost.map((i) => full[i]?.[name]);
      const ours = lost.map((i) => filled[i]?.[name]);
      if (type === 'number') {
        const middle = mean(known.map(Number));
        const squares = (guess: (k: number) => number) =>
          truth.reduce((sum: number, value, k) => sum + (guess(k) - Number(value)) ** 2, 0);
        errors.push(Math.sqrt(squares((k) => Number(ours[k])) / squares(() => middle)));
      } else if (type === 'category') {
        const counts = new Map<unknown, number>();
        for (const cell of known) counts.set(cell, (counts.get(cell) ?? 0) + 1);
        const [[top]] = [...counts].sort(([, a], [, b]) => b - a) as [[unknown, number]];
        accuracy.push(mean(truth.map((value, k) => Number(value === ours[k]))));
        base.push(mean(truth.map((value) => Number(value === top))));
      }
    }
    ratios.push(mean(errors));
    right.push(mean(accuracy));
    frequent.push(mean(base));
  }
  return `| ${title} | ${shown(ratios)} | ${shown(right)} | ${shown(frequent)} |`;
}

const warn = console.warn;
console.warn = () => {}; // silences warnings about columns that are left out
const text = [
  '# Tables',
  '',
  'What `TableAutoencoder` achieves without an option, by `npx tsx bench/tables/run.ts`; means over columns.',
  '',
  ...(await attacks()),
  '',
  '| 20 % of the cells removed | root mean squared error, of that of the mean | categories right | by the most frequent value |',
  '|---|---|---|---|',
  await gaps(
    '344 penguins (`examples/data/penguins.csv`)',
    readTable('examples/data/penguins.csv'),
  ),
  await gaps('406 cars (`bench/tables/cars.csv`)', readTable('bench/tables/cars.csv')),
  '',
].join('\n');
console.warn = warn;
writeFileSync(join(ROOT, 'bench/TABLES.md'), text);
console.log(text);
