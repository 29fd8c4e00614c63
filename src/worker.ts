// The code of a worker. scripts/steps.mjs bundles it into a string; src/engine/pool.ts starts it.

import { workerPort } from './base/platform.js';
import type { Kernels } from './engine/kernels.js';
import { createMemory, reserve } from './engine/memory.js';
import type { Answer, Message } from './engine/messages.js';

const port = workerPort();
let module: WebAssembly.Module;
let memory: WebAssembly.Memory;
let kernels: Kernels;
/** The size of the memory when the kernels were instantiated. */
let size = 0;

/**
 * JavaScriptCore's memory.copy and memory.fill check against the size that the instance knows, which is
 * stale after another thread has grown the memory: "Out of bounds memory access" (Bun 1.2.23 to 1.3.5). A
 * new instance has the current size, and takes some 0.1 ms.
 */
function renewKernels(): void {
  const bytes = memory.buffer.byteLength;
  if (bytes === size) return;
  size = bytes;
  kernels = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels;
}

async function answer(message: Message): Promise<number | Uint8Array> {
  if ('module' in message) {
    module = message.module;
    memory = message.memory ?? createMemory(1);
    renewKernels();
    return Number(await port.holdLock(message.life));
  }
  if ('write' in message) {
    reserve(memory, message.at + message.write.length, "the worker's copy of the data");
    new Uint8Array(memory.buffer, message.at).set(message.write);
    return 0;
  }
  if ('read' in message) {
    return new Uint8Array(memory.buffer).slice(message.at, message.at + message.read);
  }
  renewKernels();
  const kernel = kernels[message.name] as (...args: number[]) => number | undefined;
  return kernel(...message.args) ?? 0;
}

port.onMessage((message: Message) => {
  answer(message).then(
    (result) => port.post({ result } satisfies Answer),
    (error) => port.post({ error: String(error) } satisfies Answer),
  );
});
