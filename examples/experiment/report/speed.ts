// How long it took, beside what the machine can do.

import { denseFlops } from '../../../bench/flops.js';
import { countImages } from '../mnist.js';
import type { Machine } from './machine.js';
import type { Section } from './page.js';
import type { Examined, Experiment } from './report.js';

export function speedTable(
  { pca, images }: Experiment,
  examined: Examined[],
  machine: Machine,
): Section {
  const row = (name: string, cell: (one: Examined) => string) => [name, ...examined.map(cell)];
  const count = (value: number) => Math.round(value).toLocaleString('en');
  const epochs = ({ result }: Examined) => result.history.map(({ seconds }) => seconds);
  const training = ({ result }: Examined) =>
    (result.samplesPerSecond * denseFlops(result.layers)[1]) / 1e9;
  const threads = ({ result }: Examined) => result.history[0]?.threads ?? 0;
  return {
    heading: 'Time',
    text:
      `${machine.name}, ${machine.cores} cores, ${machine.engine}. In multiply-adds on vectors of 128 ` +
      `bits, all that WebAssembly has, one thread of it reaches ${machine.peak.toFixed(1)} GFLOP/s, ` +
      'measured in this run.',
    parts: [
      {
        title: 'Table 2',
        caption:
          'Validation is not in the times. GFLOP/s are counted as if every zero were multiplied: ' +
          'skipping them is how training can pass the machine’s peak. Encoding: the best of eight ' +
          `passes over the ${count(countImages(images.test))} test images. The PCA of Table 1 took ` +
          `${pca.seconds.toFixed(1)} s.`,
        head: ['', ...examined.map(({ recipe }) => recipe.name)],
        rows: [
          row('worker threads', (one) => `${threads(one) || 'none'}`),
          row('training, s', ({ result }) => result.seconds.toFixed(2)),
          row('an epoch, fastest to slowest, s', (one) =>
            [Math.min(...epochs(one)), Math.max(...epochs(one))]
              .map((seconds) => seconds.toFixed(2))
              .join(' to '),
          ),
          row('training, samples/s', ({ result }) => count(result.samplesPerSecond)),
          row('training, GFLOP/s', (one) => training(one).toFixed(0)),
          row('share of the peak of as many threads', (one) => {
            const peak = machine.peak * Math.max(1, threads(one));
            return `${((100 * training(one)) / peak).toFixed(0)} %`;
          }),
          row('encoding, images/s', ({ findings }) => count(findings.encodeRate)),
        ],
      },
    ],
  };
}
