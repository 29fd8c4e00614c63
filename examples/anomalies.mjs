// Which rows are anomalous, and why? A detector trained only on benign tumours flags malignant ones.
import { readFileSync } from 'node:fs';
import { AnomalyDetector } from 'autoencoder-wasm/anomalies';

// Breast Cancer Wisconsin (Diagnostic), Wolberg and others 1993, https://doi.org/10.24432/C5DW2B, CC BY 4.0:
// 30 measurements of 569 tumours, each in its own units, and whether they were malignant.
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
// Of every five benign tumours, three are for training, one for the threshold and one for testing.
const known = benign.filter((_, i) => i % 5 < 3);
const held = benign.filter((_, i) => i % 5 === 3);
const unseen = benign.filter((_, i) => i % 5 === 4);

const detector = new AnomalyDetector({ columns: { names: names.slice(0, 30) }, seed: 0 });
await detector.fit(known);
// fit has already chosen a threshold. Rows held out from training give a better one; here
// one benign tumour in ten may be flagged, to miss fewer malignant ones.
await detector.fitThreshold(held, { method: 'quantile', contamination: 0.1 });

const count = async (rows) => (await detector.isAnomaly(rows)).reduce((sum, flag) => sum + flag, 0);
console.log(`flagged: ${await count(malignant)} of ${malignant.length} malignant tumours`);
console.log(`         ${await count(unseen)} of ${unseen.length} benign ones it has never seen`);

const scores = await detector.score(malignant);
const oddest = scores.indexOf(Math.max(...scores));
console.log(
  `\nthe oddest scores ${scores[oddest].toFixed(1)}, threshold ${detector.threshold.toFixed(2)}:`,
);
const [why] = await detector.explain([malignant[oddest]], { top: 5 });
for (const { column, value, expected } of why) {
  console.log(
    `  ${column.padEnd(26)} ${value.toPrecision(3)}, expected ${expected.toPrecision(3)}`,
  );
}
