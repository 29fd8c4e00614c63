// The loop that times an encoder: each call takes a Float32Array and returns a new one.

import { readFileSync } from 'node:fs';
import { median } from '../../median.js';
import type { Answer, EncodeJob } from '../jobs.js';

/** Calls before the clock starts, since the engines recompile hot code during the first ones. */
const WARM_UP = 15;

/**
 * For calls with a single row: how many come before the clock starts, and how many between two readings of
 * it.
 */
const SINGLE = { warmUp: 5_000, together: 100 };

export async function timeCalls(
  job: EncodeJob,
  encode: (x: Float32Array, rows: number) => Promise<Float32Array> | Float32Array,
): Promise<Answer> {
  const file = readFileSync(job.data);
  const x = new Float32Array(file.length / 4);
  new Uint8Array(x.buffer).set(file);
  if (job.single) return timeSingle(job, x, encode);
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

/** Encodes one row per call; the check covers the first 100 rows. */
async function timeSingle(
  job: EncodeJob,
  x: Float32Array,
  encode: (x: Float32Array, rows: number) => Promise<Float32Array> | Float32Array,
): Promise<Answer> {
  const rows = Array.from({ length: SINGLE.together }, (_, i) =>
    x.subarray(i * job.inputs, (i + 1) * job.inputs),
  );
  for (let i = 0; i < SINGLE.warmUp; i++) {
    const codes = encode(rows[i % rows.length] as Float32Array, 1);
    if (codes instanceof Promise) await codes;
  }
  let check = 0;
  for (const row of rows) check += magnitude(await encode(row, 1)) / rows.length;

  const seconds: number[] = [];
  const begin = performance.now();
  while (performance.now() - begin < job.seconds * 1000) {
    const start = performance.now();
    for (const row of rows) {
      const codes = encode(row, 1);
      if (codes instanceof Promise) await codes; // awaiting a plain value would cost a turn of the event loop
    }
    seconds.push((performance.now() - start) / 1000);
  }
  return { samplesPerSecond: rows.length / median(seconds), check };
}

const magnitude = (codes: Float32Array) =>
  codes.reduce((sum, code) => sum + Math.abs(code), 0) / codes.length;
