import { unpackBinaries } from './binaries.js';
import { createMemory } from './memory.js';
import { Pool } from './pool.js';
import { returnWorkers } from './worker-budget.js';

/** The typed calls of assembly/index.ts. Addresses and strides are in bytes, sizes in elements. */
export interface Kernels {
  activateRow(z: number, n: number, bias: number, biasStep: number, kind: number): void;
  activateRowBackward(dh: number, n: number, h: number, kind: number): void;
  lossRow(
    z: number,
    n: number,
    bias: number,
    biasStep: number,
    x: number,
    kind: number,
    loss: number,
    scale: number,
  ): number;
  weightedLossRow(
    z: number,
    n: number,
    bias: number,
    x: number,
    kind: number,
    loss: number,
    scale: number,
    weights: number,
    delta: number,
    y: number,
  ): number;
  corruptRow(
    x: number,
    n: number,
    out: number,
    fill: number,
    noise: number,
    amount: number,
    key: number,
    row: number,
  ): void;
  errorOfRow(y: number, x: number, n: number): number;
  product(
    a: number,
    lda: number,
    b: number,
    ldb: number,
    c: number,
    ldc: number,
    from: number,
    to: number,
    j: number,
    k: number,
    scratch: number,
    sparse: number,
  ): void;
  prepareTable(table: number): void;
  transpose(src: number, lds: number, dst: number, ldd: number, rows: number, cols: number): void;
  step(w: number, dw: number, m: number, v: number, vectors: number, record: number): void;
  firstNonFinite(p: number, count: number): number;
  compressRows(
    src: number,
    rows: number,
    width: number,
    bytes: number,
    out: number,
    starts: number,
    base: number,
  ): number;
  run(operations: number, count: number, step: number): void;
  infer(plan: number, slab: number): void;
  serve(plan: number, queue: number): void;
  train(plan: number, first: number, last: number, thread: number): number;
}

/** One linear memory, the kernels that work on it, and the workers that do so elsewhere. */
export interface Engine {
  /** Which binary its kernels are. */
  readonly flavour: Flavour;
  readonly memory: WebAssembly.Memory;
  readonly kernels: Kernels;
  readonly pool: Pool;
  /** How many workers its job has; see src/worker-budget.ts. */
  workers: number;
  /** Whose job it did last. */
  owner: object | undefined;
  /** What laid out the memory last: it may go on with it, until another does. */
  contents: object | undefined;
}

/**
 * The two binaries of one source: `strict` rounds after every operation, to the same bits
 * everywhere; `fast` uses relaxed SIMD, which not every engine has.
 */
export type Flavour = 'strict' | 'fast';

const modules: { [flavour in Flavour]?: WebAssembly.Module | undefined } = {};

/** The flavour to use: `fast` only where it is wanted and the engine has relaxed SIMD. */
export function chooseFlavour(fastMath: boolean): Flavour {
  if (fastMath && !('fast' in modules)) {
    const bytes = unpackBinaries().fast;
    modules.fast = WebAssembly.validate(bytes) ? compile(bytes) : undefined;
  }
  return fastMath && modules.fast ? 'fast' : 'strict';
}

const idle: Engine[] = [];

/** An idle engine whose memory has grown past this is let go: memory cannot shrink. */
const KEEP_BYTES = 64 * 1024 * 1024;

/** An engine for one job of `owner`; what its memory holds is arbitrary. */
export function acquireEngine(owner: object, flavour: Flavour = 'strict'): Engine {
  if (idle[0]?.pool.broken) idle.pop(); // a worker was lost meanwhile
  const engine = idle[0]?.flavour === flavour ? (idle.pop() as Engine) : createEngine(flavour);
  engine.owner = owner;
  return engine;
}

/** Gives an engine back, for the next job; one that lost a worker is of no use any more. */
export function releaseEngine(engine: Engine): void {
  returnWorkers(engine);
  const keep = idle.length === 0 && engine.memory.buffer.byteLength <= KEEP_BYTES;
  if (keep && !engine.pool.broken) idle.push(engine);
  else engine.pool.close();
}

/** Lets go of the idle engine, and of its workers, if its last job was for this owner. */
export function dropIdleEngine(owner: object): void {
  if (idle[0]?.owner === owner) idle.pop()?.pool.close();
}

function createEngine(flavour: Flavour): Engine {
  modules[flavour] ??= compile(unpackBinaries()[flavour]);
  const module = modules[flavour];
  const memory = createMemory(1);
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return {
    flavour,
    memory,
    kernels: exports as unknown as Kernels,
    pool: new Pool(module, memory),
    workers: 0,
    owner: undefined,
    contents: undefined,
  };
}

function compile(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module {
  try {
    return new WebAssembly.Module(bytes);
  } catch (cause) {
    // What is valid and yet refused is refused by a policy; browsers throw errors of several kinds.
    throw WebAssembly.validate(bytes)
      ? new Error(
          "this page's Content Security Policy does not allow WebAssembly: its script-src needs " +
            "'wasm-unsafe-eval'",
          { cause },
        )
      : new Error('this JavaScript engine has no WebAssembly SIMD, which this library needs', {
          cause,
        });
  }
}
