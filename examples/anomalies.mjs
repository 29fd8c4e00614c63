// Which rows are odd, and why? A detector that has seen benign tumours only flags malignant ones.
import { readFileSync } from 'node:fs';
import { AnomalyDetector } from 'autoencoder-wasm/anomalies';

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

const detector = new AnomalyDetector({ columns: { names: names.slice(0, 30) }, seed: 0 });
await detector.fit(known);
// Fit has taken a threshold already. Rows that it has not learned from know better where to draw the line: here
// one benign tumour in ten may be flagged for the sake of the malignant ones.
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
