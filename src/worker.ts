// What a worker runs: bundled into a string by scripts/build.mjs and started by src/pool.ts.

import type { Kernels } from './kernels.js';
import { workerPort } from './platform.js';

/** Sent once: what to work with. */
export interface Setup {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
}

/** A call of the kernel `name` with these arguments. */
export interface Job {
  readonly name: 'train' | 'infer';
  readonly args: readonly number[];
}

/** The answer to a setup (0) or to a job (what the kernel returned), or an error's text. */
export type Answer = { readonly result: number } | { readonly error: string };

const port = workerPort();
let kernels: Kernels;

port.onMessage((message: Setup | Job) => {
  let answer: Answer;
  try {
    if ('module' in message) {
      const imports = { env: { memory: message.memory } };
      kernels = new WebAssembly.Instance(message.module, imports).exports as unknown as Kernels;
      answer = { result: 0 };
    } else {
      const kernel = kernels[message.name] as (...args: number[]) => number;
      answer = { result: kernel(...message.args) };
    }
  } catch (error) {
    answer = { error: String(error) };
  }
  port.post(answer);
});
