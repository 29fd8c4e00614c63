// `npm run bench:quality`: what the library's models achieve, beside the bars they were set. Names of
// rows after `--` run those alone, and write nothing.

import { readFileSync, writeFileSync } from 'node:fs';
import { describeMachine } from '../peers/machine.js';
import { MissingData } from './data.js';
import type { Job, Row } from './row.js';
import { codes } from './rows/codes.js';
import { deep, defaults, fashion } from './rows/reconstruction.js';
import { markdown, plain } from './table.js';

const JOBS: Readonly<Record<string, Job>> = { defaults, fashion, codes, deep };
const SEEDS = [0, 1, 2];

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !(name in JOBS));
if (unknown !== undefined) {
  throw new RangeError(`no row is named '${unknown}'; there are ${Object.keys(JOBS).join(', ')}`);
}

const rows: Row[] = [];
const missing: string[] = [];
for (const [name, job] of Object.entries(JOBS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const start = performance.now();
  try {
    rows.push(...(await job({ seeds: SEEDS, log: (text) => console.log(`  ${name}: ${text}`) })));
  } catch (error) {
    if (!(error instanceof MissingData)) throw error;
    missing.push(`${name} is left out: ${error.message}`);
  }
  console.log(`${name}: ${((performance.now() - start) / 1000).toFixed(0)} s`);
}
console.log(`\n${plain(rows)}\n${missing.join('\n')}`);

if (wanted.length === 0) {
  const { version } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  ) as { version: string };
  const facts = [...describeMachine(new Map([['ours', version]])), ...missing];
  const path = new URL('../QUALITY.md', import.meta.url);
  writeFileSync(path, report(facts));
  console.log('Written: bench/QUALITY.md');
}

function report(facts: readonly string[]): string {
  return `# What the models achieve

Written by \`npm run bench:quality\`; do not edit.

${facts.map((fact) => `- ${fact}`).join('\n')}

Every figure is the mean over seeds ${SEEDS.join(', ')}, and each seed's own stands beside it. A seed draws the
initial weights, the order of the rows and, of images, the 54,000 of 60,000 to train on; the 10,000
test images are always the same. The bars come from the issue that asked for the feature; losses are
kept in the table.

${markdown(rows)}

How it is measured

- MSE is the mean over every pixel, which are in [0, 1].
- PCA-64 is fitted to the same 54,000 images.
- 5-NN: Euclidean, among the codes of all 60,000 training images; of classes with as many votes, the
  nearest one's wins.
- The linear probe is a multinomial logistic regression on the codes of all 60,000 training images,
  standardised, with a ridge of 1e-6, trained to convergence; the same for PCA. PCA then does better
  than the 85.7 % that the bar was set at, so that what it does in this run is the bar.
`;
}
