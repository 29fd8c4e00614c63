// onnxruntime's WebAssembly build encodes, with threads if it is given more than one.

import { readFileSync } from 'node:fs';
import { env, InferenceSession, Tensor } from 'onnxruntime-web';
import type { EncodeJob } from '../jobs.js';
import { timeCalls } from './calls.js';
import { answer, readJob } from './job.js';

const job = readJob<EncodeJob>();
env.wasm.numThreads = job.threads;
const session = await InferenceSession.create(readFileSync(job.model), {
  executionProviders: ['wasm'],
  graphOptimizationLevel: 'all',
});
answer(
  await timeCalls(job, async (x, rows) => {
    const input = new Tensor('float32', x, [rows, job.inputs]);
    const { output } = await session.run({ input });
    return output?.data as Float32Array;
  }),
);
