// Compiles the binaries and instantiates them on a memory, synchronously or asynchronously. If the engine
// refuses, the error says what refused it.

import { DAYS, isPage } from '../base/platform.js';
import { timeSlices } from '../base/slices.js';
import { type Binaries, unpackBinaries, unpackInParts } from './binaries.js';

/**
 * The two binaries built from one source. `strict` rounds after every operation and gives the same bits
 * everywhere; `fast` uses relaxed SIMD, which some engines lack.
 */
export type Flavour = keyof Binaries;

const modules: { [flavour in Flavour]?: WebAssembly.Module } = {};
const compiling: { [flavour in Flavour]?: Promise<WebAssembly.Module> } = {};
/** Whether the strict binary was passed in, because this platform cannot compile bytes. */
let isGiven = false;

/** Takes the compiled strict binary, on platforms that cannot compile bytes; see src/edge.ts. */
export function giveModule(module: WebAssembly.Module): void {
  modules.strict = module;
  isGiven = true;
}

/** The smallest module with a relaxed SIMD instruction: (a, b, c) => f32x4.relaxed_madd(a, b, c). */
const RELAXED_SIMD =
  '0061736d010000000108016003' + '7b7b7b017b030201000a0d010b00200020012002fd85020b';

/** The flavour to use: `fast` if it is wanted and the engine supports relaxed SIMD. */
export function chooseFlavour(fastMath: boolean): Flavour {
  if (!fastMath || isGiven || typeof WebAssembly === 'undefined') return 'strict';
  const pairs = RELAXED_SIMD.match(/../g) as string[];
  const probe = Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
  return WebAssembly.validate(probe) ? 'fast' : 'strict';
}

/** Whether a flavour is already compiled. */
export function isCompiled(flavour: Flavour): boolean {
  return flavour in modules;
}

/** The module of a flavour, compiled synchronously. */
export function compiledNow(flavour: Flavour): WebAssembly.Module {
  const known = modules[flavour];
  if (known) return known;
  requireWebAssembly();
  const bytes = unpackBinaries()[flavour];
  try {
    modules[flavour] = new WebAssembly.Module(bytes);
  } catch (cause) {
    throw refusal(cause, bytes);
  }
  return modules[flavour];
}

/** The module of a flavour, compiled asynchronously. */
export async function compiled(flavour: Flavour): Promise<WebAssembly.Module> {
  const known = modules[flavour];
  if (known) return known;
  compiling[flavour] ??= compile(flavour).finally(() => {
    delete compiling[flavour];
  });
  return compiling[flavour];
}

async function compile(flavour: Flavour): Promise<WebAssembly.Module> {
  requireWebAssembly();
  const pause = timeSlices();
  const parts = unpackInParts();
  let next = parts.next();
  for (; !next.done; next = parts.next()) await pause();
  const bytes = next.value[flavour];
  // Compilation does not keep Node's event loop alive. When the loop is empty, Node blocks this thread
  // until V8's tasks finish: forever, if one of them waits for this thread to collect garbage, as compilers
  // do on a busy machine (https://github.com/nodejs/node/issues/54918).
  const hold = setTimeout(() => {}, DAYS);
  try {
    modules[flavour] = await WebAssembly.compile(bytes);
  } catch (cause) {
    throw refusal(cause, bytes);
  } finally {
    clearTimeout(hold);
  }
  return modules[flavour];
}

/** Instantiates a module synchronously and returns its exports. */
export function instanceNow(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): WebAssembly.Exports {
  try {
    return new WebAssembly.Instance(module, { env: { memory } }).exports;
  } catch (cause) {
    throw refusal(cause);
  }
}

/** Instantiates a module asynchronously, where {@link SyncRefused} was thrown. */
export async function instance(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): Promise<WebAssembly.Exports> {
  try {
    return (await WebAssembly.instantiate(module, { env: { memory } })).exports;
  } catch (cause) {
    throw refusal(cause);
  }
}

/**
 * Chromium before 115 does not instantiate modules of more than 4 KB synchronously on a page's main thread.
 */
export class SyncRefused extends Error {}

function requireWebAssembly(): void {
  if (typeof WebAssembly !== 'undefined') return;
  throw new Error(
    'this JavaScript engine has no WebAssembly, which this library needs; Node with --jitless and ' +
      'Safari in Lockdown Mode turn it off',
  );
}

/** The error to throw when an engine refuses our binary: it explains the engine's own error. */
function refusal(cause: unknown, bytes?: Uint8Array<ArrayBuffer>): Error {
  const text = String((cause as { message?: unknown } | undefined)?.message ?? cause);
  if (/4 ?KB|main thread/i.test(text)) {
    return new SyncRefused(
      'this browser starts WebAssembly only asynchronously: before the first call of a method whose ' +
        'name ends in Sync, await one without, such as encode',
      { cause },
    );
  }
  // Chromium and WebKit name the policy; Firefox says "blocked by CSP".
  if (/Content Security Policy|\bCSP\b|unsafe-eval/i.test(text)) {
    return new Error(
      "this page's Content Security Policy does not allow WebAssembly: its script-src needs " +
        "'wasm-unsafe-eval'",
      { cause },
    );
  }
  if (/embedder|edge runtime|code generation/i.test(text)) {
    return new Error(
      'this platform does not compile WebAssembly from bytes: its bundler must resolve packages with the ' +
        'condition workerd or edge-light, which brings the binary as a file',
      { cause },
    );
  }
  if (bytes && !WebAssembly.validate(bytes)) {
    return new Error(
      'this JavaScript engine has no WebAssembly SIMD, or no threads, which this library needs',
      { cause },
    );
  }
  const where = isPage() ? 'page' : 'process';
  return new Error(`WebAssembly could not be started in this ${where}: ${text}`, { cause });
}
