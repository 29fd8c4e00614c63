// This library trains. It is timed from the end of one epoch to the end of the next, as a caller sees it.

import { readFileSync } from 'node:fs';
import { Autoencoder } from '../../../dist/index.js';
import { median } from '../../median.js';
import { CHECK_ROWS, type FitJob } from '../jobs.js';
import { answer, readJob } from './job.js';

const job = readJob<FitJob>();
const length = job.rows * (job.layers[0] as number);
const file = readFileSync(job.data);
const x = job.floats ? readFloats() : repeated();

function readFloats(): Float32Array {
  const floats = new Float32Array(length);
  new Uint8Array(floats.buffer).set(file.subarray(0, 4 * length));
  return floats;
}

function repeated(): Uint8Array {
  const images = new Uint8Array(length);
  for (let at = 0; at < length; at += file.length) {
    images.set(file.subarray(0, length - at), at);
  }
  return images;
}

const ae = new Autoencoder({
  layers: job.layers,
  activation: job.hidden,
  codeActivation: job.code,
  outputActivation: job.output,
  scale: 'none',
  seed: 0,
  threads: job.threads,
});
const ends: number[] = [];
await ae.fit(x, {
  epochs: job.epochs,
  batchSize: job.batch,
  learningRate: job.learningRate,
  schedule: 'constant',
  weightDecay: job.weightDecay,
  onEpochEnd: () => {
    ends.push(performance.now());
  },
});
const seconds = ends.slice(1).map((end, i) => (end - (ends[i] as number)) / 1000);
const check = await ae.evaluate(x.subarray(0, CHECK_ROWS * (job.layers[0] as number)));
answer({ samplesPerSecond: job.rows / median(seconds), check });
