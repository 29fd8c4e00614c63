// The loop that times an encoder: each call takes a Float32Array and returns a new one.

import { readFileSync } from 'node:fs';
import { median } from '../../median.js';
import type { Answer, EncodeJob } from '../jobs.js';

/** Calls before the clock starts, since the engines recompile hot code during the first ones. */
const WARM_UP = 15;

/** Calls with few rows: how many before the clock starts, and how many between two readings of it. */
const SHORT = { warmUp: 5_000, together: 100 };

export async function timeCalls(
  job: EncodeJob,
  encode: (x: Float32Array, rows: number) => Promise<Float32Array> | Float32Array,
): Promise<Answer> {
  const file = readFileSync(job.data);
  const x = new Float32Array(file.length / 4);
  new Uint8Array(x.buffer).set(file);
  if (job.rowsPerCall) return timeShort(job, job.rowsPerCall, x, encode);
  const rows = file.length / (job.bytes ? 1 : 4) / job.inputs;
  let codes: Float32Array = new Float32Array();
  for (let i = 0; i < WARM_UP; i++) codes = await encode(x, rows);
  if (codes.length !== rows * job.codes) throw new Error(`got ${codes.length} numbers`);

  const seconds: number[] = [];
  const begin = performance.now();
  while (performance.now() - begin < job.seconds * 1000) {
    const start = performance.now();
    codes = await encode(x, rows);
    seconds.push((performance.now() - start) / 1000);
  }
  return { samplesPerSecond: rows / median(seconds), check: magnitude(codes) };
}

/** Calls with few rows, one after the other; the check is of the first 100 calls. */
async function timeShort(
  job: EncodeJob,
  rowsPerCall: number,
  x: Float32Array,
  encode: (x: Float32Array, rows: number) => Promise<Float32Array> | Float32Array,
): Promise<Answer> {
  const length = rowsPerCall * job.inputs;
  const inputs = Array.from({ length: SHORT.together }, (_, i) =>
    x.subarray(i * length, (i + 1) * length),
  );
  for (let i = 0; i < SHORT.warmUp; i++) {
    const codes = encode(inputs[i % inputs.length] as Float32Array, rowsPerCall);
    if (codes instanceof Promise) await codes;
  }
  let check = 0;
  for (const input of inputs) {
    check += magnitude(await encode(input, rowsPerCall)) / inputs.length;
  }

  const seconds: number[] = [];
  const begin = performance.now();
  while (performance.now() - begin < job.seconds * 1000) {
    const start = performance.now();
    for (const input of inputs) {
      const codes = encode(input, rowsPerCall);
      if (codes instanceof Promise) await codes; // awaiting a plain value would cost a turn of the event loop
    }
    seconds.push((performance.now() - start) / 1000);
  }
  return { samplesPerSecond: (inputs.length * rowsPerCall) / median(seconds), check };
}

const magnitude = (codes: Float32Array) =>
  codes.reduce((sum, code) => sum + Math.abs(code), 0) / codes.length;
