// A table with text, numbers and missing values: infers its columns, finds anomalous rows and fills missing cells.
import { readFileSync } from 'node:fs';
import { TableAutoencoder } from 'autoencoder-wasm/table';

// Palmer Archipelago penguins, Gorman, Williams and Fraser 2014, https://doi.org/10.1371/journal.pone.0090081, CC0
const csv = readFileSync(new URL('data/penguins.csv', import.meta.url), 'utf8');
const [names, ...lines] = csv
  .trim()
  .split('\n')
  .map((line) => line.split(','));
const truth = lines.map((line) => Object.fromEntries(names.map((name, j) => [name, line[j]])));

// Every fifth cell is removed, by a deterministic rule.
const isLost = (i, j) => (i * 7919 + j * 104729) % 101 < 20;
const holes = truth.map((row, i) =>
  Object.fromEntries(names.map((name, j) => [name, isLost(i, j) ? '' : row[name]])),
);

const t = new TableAutoencoder({ seed: 0 });
await t.fit(holes);
for (const { name, type, values } of t.columns) {
  console.log(`${name.padEnd(20)} ${type}${values ? `: ${values.join(', ')}` : ''}`);
}

const filled = await t.impute(holes);
let [words, right, frequent] = [0, 0, 0];
let [ours, means] = [0, 0];
for (const [j, { name, type }] of t.columns.entries()) {
  const known = holes.map((row) => row[name]).filter((cell) => cell !== '');
  const lost = truth.flatMap((row, i) => (isLost(i, j) && row[name] !== '' ? [i] : []));
  if (type === 'number') {
    const mean = known.reduce((sum, cell) => sum + Number(cell), 0) / known.length;
    const spread = known.reduce((sum, cell) => sum + (cell - mean) ** 2, 0) / known.length;
    for (const i of lost) {
      ours += (filled[i][name] - truth[i][name]) ** 2 / spread;
      means += (mean - truth[i][name]) ** 2 / spread;
    }
  } else {
    const counts = new Map();
    for (const cell of known) counts.set(cell, (counts.get(cell) ?? 0) + 1);
    const [[top]] = [...counts].sort(([, a], [, b]) => b - a);
    words += lost.length;
    right += lost.filter((i) => filled[i][name] === truth[i][name]).length;
    frequent += lost.filter((i) => top === truth[i][name]).length;
  }
}
console.log(
  `\nerror of the filled numbers, of the columns' means' error: ${Math.sqrt(ours / means).toFixed(2)}`,
);
console.log(`words right: ${right} of ${words}`);
console.log(`words right by the most frequent value: ${frequent}`);

// A penguin with the beak of another one.
const odd = { ...truth[0], Species: 'Gentoo' };
const [usual, unusual] = await t.score([truth[0], odd]);
console.log(`\nscore of the first penguin: ${usual.toFixed(2)}`);
console.log(`score with another species: ${unusual.toFixed(2)}`);
for (const { column, value, expected } of (await t.explain([odd], { top: 2 }))[0]) {
  console.log(`  ${column} is ${value}, expected ${expected}`);
}
