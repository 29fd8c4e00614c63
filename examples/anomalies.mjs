// Which cells are odd? A network that has seen benign tumours only flags malignant ones, and says why.
import { readFileSync } from 'node:fs';
import { Autoencoder } from 'autoencoder-wasm';

// Breast Cancer Wisconsin (Diagnostic), Wolberg and others 1993, https://doi.org/10.24432/C5DW2B, CC BY 4.0:
// 30 measures of 569 tumours in units of their own, and whether they were malignant.
const csv = readFileSync(new URL('data/breast-cancer.csv', import.meta.url), 'utf8');
const [names, ...lines] = csv
  .trim()
  .split('\n')
  .map((line) => line.split(','));
const table = lines.map((line) => line.map(Number));
const rowsOf = (malignant) =>
  table.filter((row) => row[30] === malignant).map((row) => row.slice(0, 30));
const benign = rowsOf(0);
const malignant = rowsOf(1);
// Of five benign tumours three are learned from, one is held out for the threshold, one tries it.
const known = benign.filter((_, i) => i % 5 < 3);
const held = benign.filter((_, i) => i % 5 === 3);
const unseen = benign.filter((_, i) => i % 5 === 4);

// A code that bends flags some 25 more of the tumours here than a linear one.
const ae = new Autoencoder({
  layers: [30, 8],
  codeActivation: 'leakyRelu',
  scale: 'standard',
  seed: 0,
});
await ae.fit(known, { epochs: 200, batchSize: 32 });
// Rows it has learned from score lower than rows it has not: a threshold taken from them is too low.
// Here one benign tumour in ten may be flagged for the sake of the malignant ones.
await ae.fitThreshold(held, { contamination: 0.1 });

const count = async (rows) => (await ae.isAnomaly(rows)).reduce((sum, flag) => sum + flag, 0);
console.log(`flagged: ${await count(malignant)} of ${malignant.length} malignant tumours`);
console.log(`         ${await count(unseen)} of ${unseen.length} benign ones it has never seen`);

const scores = await ae.score(malignant);
const oddest = scores.indexOf(Math.max(...scores));
console.log(
  `\nthe oddest scores ${scores[oddest].toFixed(1)}, threshold ${ae.threshold.toFixed(2)}:`,
);
for (const { feature, value, expected } of (await ae.explain([malignant[oddest]]))[0]) {
  console.log(
    `  ${names[feature].padEnd(26)} ${value.toPrecision(3)}, expected ${expected.toPrecision(3)}`,
  );
}
