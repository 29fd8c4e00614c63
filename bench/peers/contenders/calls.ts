// The loop around an encoder: from a Float32Array to a new one, call after call.

import { readFileSync } from 'node:fs';
import { median } from '../../median.js';
import type { Answer, EncodeJob } from '../jobs.js';

/** Calls before the clock starts: the engines compile hot code anew during the first ones. */
const WARM_UP = 15;

export async function timeCalls(
  job: EncodeJob,
  encode: (x: Float32Array, rows: number) => Promise<Float32Array>,
): Promise<Answer> {
  const file = readFileSync(job.data);
  const x = new Float32Array(file.length / 4);
  new Uint8Array(x.buffer).set(file);
  const rows = x.length / job.inputs;
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
  const magnitude = codes.reduce((sum, code) => sum + Math.abs(code), 0) / codes.length;
  return { samplesPerSecond: rows / median(seconds), check: magnitude };
}
