// Fills the missing cells of a table from the other cells.
import { readFileSync } from 'node:fs';
import { Autoencoder } from 'autoencoder-wasm';

// Breast Cancer Wisconsin (Diagnostic), Wolberg and others 1993, https://doi.org/10.24432/C5DW2B, CC BY 4.0
const csv = readFileSync(new URL('data/breast-cancer.csv', import.meta.url), 'utf8');
const [names, ...lines] = csv
  .trim()
  .split('\n')
  .map((line) => line.split(','));
const truth = lines.map((line) => line.slice(0, 30).map(Number));

// Every fifth cell is removed, by a deterministic rule.
const isLost = (i, j) => (i * 7919 + j * 104729) % 101 < 20;
const holes = truth.map((row, i) => row.map((value, j) => (isLost(i, j) ? NaN : value)));

const ae = new Autoencoder({ layers: [30, 16, 6], scale: 'standard', missing: 'mask', seed: 0 });
await ae.fit(holes, { epochs: 200, batchSize: 32 });
const filled = await ae.impute(holes);

// Errors in standard deviations of each column; the baseline fills in the column means.
const { offset: mean, factor: deviation } = ae.scaler;
let [lost, ours, means] = [0, 0, 0];
for (const [i, row] of truth.entries()) {
  for (const [j, value] of row.entries()) {
    if (!isLost(i, j)) continue;
    lost++;
    ours += ((filled.row(i)[j] - value) / deviation[j]) ** 2;
    means += ((mean[j] - value) / deviation[j]) ** 2;
  }
}
console.log(`${lost} of ${truth.length * 30} cells were missing`);
console.log(`mean squared error of the filled cells: ${(ours / lost).toFixed(3)}`);
console.log(`of the columns' means instead:          ${(means / lost).toFixed(3)}`);

console.log('\nthe first tumour                filled   true');
for (const [j, value] of truth[0].entries()) {
  if (!isLost(0, j)) continue;
  const [a, b] = [filled.row(0)[j], value].map((v) => v.toPrecision(3).padStart(8));
  console.log(`  ${names[j].padEnd(26)} ${a} ${b}`);
}
