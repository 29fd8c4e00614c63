// This library trains on rows of categories, as compressed one-hot rows.

import { readFileSync } from 'node:fs';
import { Autoencoder } from '../../../dist/index.js';
import { median } from '../../median.js';
import { type CategoryJob, CHECK_ROWS } from '../jobs.js';
import { answer, readJob } from './job.js';

const job = readJob<CategoryJob>();
const { rows, categories: count, values: size } = job;
const values = readFileSync(job.data);
const width = count * size;
const csr = (rows: number) => ({
  indptr: Int32Array.from({ length: rows + 1 }, (_, i) => i * count),
  indices: Int32Array.from({ length: rows * count }, (_, i) => {
    return (i % count) * size + (values[i] as number);
  }),
  data: new Uint8Array(rows * count).fill(1),
  shape: [rows, width] as const,
});

const ae = new Autoencoder({
  layers: [width, job.code],
  categories: Array.from({ length: count }, (_, c) => ({ start: c * size, size })),
  seed: 0,
  threads: job.threads,
});
const ends: number[] = [];
await ae.fit(csr(rows), {
  epochs: job.epochs,
  batchSize: job.batch,
  learningRate: job.learningRate,
  schedule: 'constant',
  onEpochEnd: () => {
    ends.push(performance.now());
  },
});
const seconds = ends.slice(1).map((end, i) => (end - (ends[i] as number)) / 1000);
const check = await ae.evaluate(csr(CHECK_ROWS));
const megabytes = process.resourceUsage().maxRSS / 1024;
answer({ samplesPerSecond: rows / median(seconds), check, megabytes });
