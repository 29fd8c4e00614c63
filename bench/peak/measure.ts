// The machine's SIMD128 multiply-add peak, the yardstick of the other benchmarks.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { main as compile } from 'assemblyscript/asc';
import { median } from '../median.js';

/** Both as in peak.ts. */
const LENGTH = 256;
const SUMS_PER_X = 4;
/** About 2 ms a call: long against the clock, short against the operating system's slices. */
const ROUNDS = 15_000;

interface PeakModule {
  readonly memory: WebAssembly.Memory;
  multiplyAdds(p: number, rounds: number): void;
}

async function compilePeak(): Promise<PeakModule> {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  const wasm = fileURLToPath(new URL('../../build/peak.wasm', import.meta.url));
  const { error, stderr } = await compile([
    ...['peak.ts', '--baseDir', folder, '--outFile', wasm],
    ...['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--initialMemory', '1'],
  ]);
  if (error) throw new Error(`peak.ts does not compile: ${stderr}`);
  const { instance } = await WebAssembly.instantiate(readFileSync(wasm));
  return instance.exports as unknown as PeakModule;
}

/** A function that measures the peak, in GFLOP/s, a multiplication and an addition being two. */
export async function peakMeter(): Promise<() => number> {
  const { memory, multiplyAdds } = await compilePeak();
  const p = 4096;
  // Small and of both signs: the sums stay finite and normal.
  new Float32Array(memory.buffer, p, LENGTH).forEach((_, i, x) => {
    x[i] = ((i % 7) - 3.3) / 8;
  });
  const gigaflops = (2 * 4 * SUMS_PER_X * LENGTH * ROUNDS) / 1e9;
  const call = (): number => {
    const start = performance.now();
    multiplyAdds(p, ROUNDS);
    return gigaflops / ((performance.now() - start) / 1000);
  };
  // The first calls run in the engine's baseline code.
  for (let i = 0; i < 50; i++) call();
  return () => median(Array.from({ length: 100 }, call));
}
