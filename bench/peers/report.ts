// Writes the results as text: a table for the terminal, and bench/RESULTS.md.

import { median } from '../median.js';
import type { Figures, Row } from './comparisons.js';
import type { Contender } from './contender.js';
import { NAMES } from './peers.js';
import { EMBEDDINGS, TARGETS } from './work.js';

export interface Report {
  readonly rows: readonly Row[];
  readonly everybody: readonly Contender[];
  readonly figures: Figures;
  /** By contender: the check in its answer of the last round. */
  readonly checks: ReadonlyMap<string, number>;
  readonly machine: readonly string[];
  /** Which libraries were missing, and what else the reader should know. */
  readonly remarks: readonly string[];
  readonly rounds: number;
}

const whole = (value: number) => Math.round(value).toLocaleString('en');
/** Formats a rate, or the seconds whose inverse it is, if the target was met at all. */
export function figure(rate: number, isTime = false): string {
  if (!isTime) return whole(rate);
  if (rate === 0) return 'never';
  const seconds = 1 / rate;
  return seconds < 0.5 ? `${(1000 * seconds).toPrecision(3)} ms` : `${seconds.toFixed(2)} s`;
}
const times = (ratio: number) => `${ratio.toPrecision(3)}x`;

const TITLES = [
  'work',
  'ours, samples/s',
  'against',
  'theirs, samples/s',
  'ratio',
  'rounds',
  'at least',
  'met',
];

const DETAIL_TITLES = [
  'work',
  'network',
  'library',
  'setting',
  'samples/s',
  'lowest to highest',
  'check',
];

function cells(row: Row, everybody: readonly Contender[]): string[] {
  const of = (key: string) => everybody.find((one) => one.key === key) as Contender;
  const rival = of(row.rival);
  const name = rival.library === 'ours' ? 'ourselves' : NAMES[rival.library];
  return [
    row.work,
    `${figure(row.oursRate, row.isTime)} (${of(row.ours).setting})`,
    `${name} (${rival.setting})`,
    figure(row.rivalRate, row.isTime),
    times(row.ratio),
    `${times(row.lowest)} to ${times(row.highest)}`,
    row.bar === undefined ? '' : `${row.bar}x`,
    row.bar === undefined ? '' : row.ratio >= row.bar ? 'yes' : 'no',
  ];
}

export function printRows(rows: readonly Row[], everybody: readonly Contender[]): void {
  const table = [TITLES, ...rows.map((row) => cells(row, everybody))];
  const widths = TITLES.map((_, i) => Math.max(...table.map((line) => line[i]?.length ?? 0)));
  console.log('');
  for (const line of table) {
    console.log(
      line
        .map((cell, i) => cell.padEnd(widths[i] as number))
        .join('  ')
        .trimEnd(),
    );
  }
}

const markdown = (lines: readonly (readonly string[])[]) => {
  const [titles = [], ...body] = lines;
  const rule = titles.map(() => '---');
  return [titles, rule, ...body].map((line) => `| ${line.join(' | ')} |`).join('\n');
};

function networkOf(job: Contender['job']): string {
  if ('layers' in job) return job.layers.join('-');
  if ('target' in job) return '784-64';
  if ('categories' in job) return `${job.categories * job.values}-${job.code}`;
  return `${job.inputs}-${job.codes}`;
}

/** Whether the figures of a job are the inverse of seconds. */
export const isTimed = (job: Contender['job']) =>
  'target' in job || 'library' in job || ('layers' in job && 'seconds' in job);

export function results(report: Report): string {
  const { rows, everybody, figures, checks, machine, remarks, rounds } = report;
  const details = everybody.flatMap(({ key, library, setting, job }) => {
    const rates = figures.get(key);
    if (rates === undefined) return [];
    const isTime = isTimed(job);
    const span = `${figure(Math.min(...rates), isTime)} to ${figure(Math.max(...rates), isTime)}`;
    const network = networkOf(job);
    const work = key
      .split(' ')
      .slice(0, key.startsWith('plot') ? 3 : 2)
      .join(' ');
    const check = checks.get(key)?.toPrecision(3) ?? '';
    return [[work, network, NAMES[library], setting, figure(median(rates), isTime), span, check]];
  });
  return `# The same work in other libraries

Written by \`npm run bench:peers\`; do not edit.

${machine.map((line) => `- ${line}`).join('\n')}
${remarks.map((line) => `- ${line}\n`).join('')}
Everybody is a process of their own and runs alone; one round gives each a turn, every other round
backwards. Figures are medians of ${rounds} ${rounds === 1 ? 'round' : 'rounds'}, the ratio is that of the medians, and beside it are the
lowest and the highest ratio of a single round.

${markdown([TITLES, ...rows.map((row) => cells(row, everybody))])}

How it is measured

- \`fit\`: Adam, batch 64, MNIST in a new order every epoch. The paper's configuration is ReLU in both
  layers, learning rate 0.001 and weight decay 1e-5; the defaults are a linear code and a sigmoid
  output, in the deep network with leaky ReLUs between. The first epoch is everybody's warm-up, the
  figure is the median of the others. We get bytes and choose how to store them before the first
  epoch, which is not timed; the others get float32, converted before the first epoch.
- \`fit\` of categories: one-hot rows, a linear code, softmax and cross-entropy for each category, Adam
  with 0.002. We get compressed rows, PyTorch dense ones, with one call of CrossEntropyLoss for all
  categories. \`npm run bench:peers -- --only 'fit categories'\` measures these alone, and prints the most
  memory that each process has had.
- \`fit\` of dense floats: ${EMBEDDINGS.rows.toLocaleString('en')} rows of ${Object.keys(EMBEDDINGS.networks).join(' or ')} float32 without a zero, mixtures of 96
  directions and noise, as embeddings are; a linear code and a linear output.
- Seconds until an error: from the start of the process, that is with the import of the library, the
  reading of the files and the first compilation. 784-64, a linear code, a sigmoid output, Adam, batch
  64, a rate that falls from 0.004 to 0 by a cosine over ${TARGETS.map(({ epochs }) => epochs).join(', ')} epochs of 60,000 images, the
  10,000 test images looked at after each.
- \`encode\`: 784 to 64, linear, from one Float32Array to a new one, copies in and out included; the
  median call. The codes of all contenders are compared: they are the same.
- \`encodeSync\` of one row or 16: one call after the other, each with as many; onnxruntime's \`run\` with the
  same rows.
- \`fit\` on 200 rows: a new 10-4 model each time, ReLU, batch 64; the median call.
- The first code: a new process imports the library, loads the encoder and encodes one row; the start of
  Node itself is not in it. tfjs cannot read ONNX and has random weights.
- Wide vectors: V8 runs pairs of our 128-bit operations as one of 256 bits, as the command line and
  \`enableWideSimd\` ask it to.
- PyTorch has OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE unset, and is also tried with each of OpenBLAS's
  kernels for SkylakeX, Cooperlake and Zen that the processor can run and that is another one. Debian's
  1.13 is what could be had here: a current wheel brings MKL and oneDNN, whose products for small
  batches are faster than OpenBLAS's, so that figures against it would be lower where products dominate.
- PyTorch flushes denormals to zero, draws batches by \`index_select\` without a DataLoader, clears
  gradients with \`set_to_none=True\` and waits passively between parallel regions; the best of its
  settings below is the one in the table.
- tfjs and jax-js have no threads in Node; jax-js has the whole training step under one \`jit\`.

## Everybody

${markdown([DETAIL_TITLES, ...details])}

The check tells whether contenders did the same work: of an encoder, the mean magnitude of its codes;
of a training, its MSE (of categories, the mean cross-entropy) on 1,000 of the rows afterwards, which compares those that trained as long:
tfjs and jax-js had fewer rows (enough for a stable figure), and every seed is different.

## Ours against samples, width and threads

![Time of an epoch against samples, width and threads](results.svg)

Paper's configuration, both axes logarithmic. The dashed lines are what time proportional to the
samples, time proportional to the weights, and time divided by the threads would be.
`;
}
