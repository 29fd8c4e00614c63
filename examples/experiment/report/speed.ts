// The time of the training, compared with the machine's peak speed.

import { busyWarning } from '../busy.js';
import { countImages } from '../mnist.js';
import type { Section } from './page.js';
import type { Examined, Experiment } from './report.js';
import type { RecipeSummary, Summary } from './summary.js';

export function speedTable(
  { images }: Experiment,
  examined: Examined[],
  { machine, pcaSeconds, recipes }: Summary,
): Section {
  const count = (value: number) => Math.round(value).toLocaleString('en');
  const row = (name: string, cell: (one: Examined, summary: RecipeSummary) => string) => [
    name,
    ...examined.map((one) => cell(one, recipes[one.key] as RecipeSummary)),
  ];
  const busy = examined.map(({ result }) => busyWarning(result.history)).find(Boolean);
  return {
    heading: 'Time',
    warning: busy,
    text:
      `${machine.name}, ${machine.cores} cores, ${machine.engine}. In multiply-adds on vectors of 128 ` +
      `bits, all that WebAssembly has, one thread of it reaches ${machine.peak.toFixed(1)} GFLOP/s, ` +
      'measured in this run.',
    parts: [
      {
        title: 'Table 3',
        caption:
          'Validation is not in the times. GFLOP/s are counted as if every zero were multiplied: ' +
          'skipping them is how training can pass the machine’s peak. Encoding: the best of eight ' +
          `passes over the ${count(countImages(images.test))} test images. The PCA of Table 1 took ` +
          `${pcaSeconds.toFixed(1)} s.`,
        head: ['', ...examined.map(({ recipe }) => recipe.name)],
        rows: [
          row('worker threads', (_, { threads }) => `${threads || 'none'}`),
          row('training, s', ({ result }) => result.seconds.toFixed(2)),
          row('an epoch, fastest to slowest, s', (_, { epochSeconds: { fastest, slowest } }) =>
            [fastest, slowest].map((seconds) => seconds.toFixed(2)).join(' to '),
          ),
          row('the median epoch’s speed, of the fastest’s', (_, { calmness }) => percent(calmness)),
          row('training, samples/s', ({ result }) => count(result.samplesPerSecond)),
          row('training, GFLOP/s', (_, { gflops }) => gflops.toFixed(0)),
          row('share of the peak of as many threads', (_, { shareOfPeak }) => percent(shareOfPeak)),
          row('encoding, images/s', (_, { encodedPerSecond }) => count(encodedPerSecond)),
        ],
      },
    ],
  };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
