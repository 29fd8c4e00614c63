// This library encodes.

import { encoder } from '../encoder.js';
import type { EncodeJob } from '../jobs.js';
import { timeCalls } from './calls.js';
import { answer, readJob } from './job.js';

const job = readJob<EncodeJob>();
const ae = encoder([job.inputs, job.codes], job.threads);
const bytes = (x: Float32Array) => new Uint8Array(x.buffer, x.byteOffset, x.byteLength);
answer(
  job.bytes
    ? await timeCalls(job, async (x) => {
        return (await ae.encode(bytes(x), { precision: 'int16' })).data;
      })
    : job.rowsPerCall
      ? await timeCalls(job, (x) => ae.encodeSync(x).data)
      : await timeCalls(job, async (x) => (await ae.encode(x)).data),
);
