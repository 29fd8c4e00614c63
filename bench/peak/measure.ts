// Measures the machine's SIMD128 multiply-add peak, which the other benchmarks compare with.

import { readFileSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from '../median.js';

/** Both must be the same as in peak.ts. */
const LENGTH = 256;
const SUMS_PER_X = 4;
/**
 * About 2 ms per call: long compared with the clock's resolution, short compared with a time slice of the
 * operating system.
 */
const ROUNDS = 15_000;

interface PeakModule {
  readonly memory: WebAssembly.Memory;
  multiplyAdds(p: number, rounds: number): void;
}

async function loadPeak(): Promise<PeakModule> {
  const source = fileURLToPath(new URL('peak.ts', import.meta.url));
  const wasm = fileURLToPath(new URL('../../build/peak.wasm', import.meta.url));
  const compiled = statSync(wasm, { throwIfNoEntry: false });
  if (!compiled || compiled.mtimeMs < statSync(source).mtimeMs) await compile(source, wasm);
  const { instance } = await WebAssembly.instantiate(readFileSync(wasm));
  return instance.exports as unknown as PeakModule;
}

async function compile(source: string, wasm: string): Promise<void> {
  // Imported here because it takes seconds to load.
  const { main } = await import('assemblyscript/asc');
  const { error, stderr } = await main([
    ...[basename(source), '--baseDir', dirname(source), '--outFile', wasm],
    ...['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--initialMemory', '1'],
  ]);
  if (error) throw new Error(`peak.ts does not compile: ${stderr}`);
}

/** Returns a function that measures the peak in GFLOP/s. A multiply-add counts as two operations. */
export async function peakMeter(): Promise<() => number> {
  const { memory, multiplyAdds } = await loadPeak();
  const p = 4096;
  // Small values of both signs, so that the sums stay finite and normal.
  new Float32Array(memory.buffer, p, LENGTH).forEach((_, i, x) => {
    x[i] = ((i % 7) - 3.3) / 8;
  });
  const gigaflops = (2 * 4 * SUMS_PER_X * LENGTH * ROUNDS) / 1e9;
  const call = (): number => {
    const start = performance.now();
    multiplyAdds(p, ROUNDS);
    return gigaflops / ((performance.now() - start) / 1000);
  };
  // The first calls still run in the engine's baseline code.
  for (let i = 0; i < 50; i++) call();
  return () => median(Array.from({ length: 100 }, call));
}
