// onnxruntime's native CPU build encodes.

import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { EncodeJob } from '../jobs.js';
import { timeCalls } from './calls.js';
import { answer, readJob } from './job.js';

const job = readJob<EncodeJob>();
const session = await InferenceSession.create(job.model, {
  intraOpNumThreads: job.threads,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
});
answer(
  await timeCalls(job, async (x, rows) => {
    const input = new Tensor('float32', x, [rows, job.inputs]);
    const { output } = await session.run({ input });
    return output?.data as Float32Array;
  }),
);
