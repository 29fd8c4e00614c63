import { createMemory } from './memory.js';
import {
  compiled,
  compiledNow,
  type Flavour,
  instance,
  instanceNow,
  isCompiled,
  SyncRefused,
} from './modules.js';
import { Pool } from './pool.js';
import { returnWorkers } from './worker-budget.js';

/** The typed exports of assembly/index.ts. Addresses and strides are in bytes, sizes in elements. */
export interface Kernels {
  activateRow(
    z: number,
    n: number,
    bias: number,
    biasStep: number,
    kind: number,
    slopes: number,
  ): void;
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
    slopes: number,
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
  prepareTable(table: number, wide: number): void;
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
  packRows(
    columns: number,
    values: number,
    ends: number,
    rows: number,
    wide: number,
    out: number,
    starts: number,
    base: number,
  ): number;
  run(operations: number, count: number, step: number): void;
  infer(plan: number, slab: number): void;
  inferPosted(plan: number, queue: number, most: number): number;
  serve(plan: number, queue: number): void;
  train(plan: number, first: number, last: number, thread: number): number;
}

/** A linear memory, the kernels that work on it, and its worker threads. */
export interface Engine {
  /** Which binary its kernels are. */
  readonly flavour: Flavour;
  readonly memory: WebAssembly.Memory;
  readonly kernels: Kernels;
  readonly pool: Pool;
  /** How many workers its job has; see src/engine/worker-budget.ts. */
  workers: number;
  /** The owner of its last job. */
  owner: object | undefined;
  /** What laid out the memory last. It may continue with that layout until something else replaces it. */
  contents: object | undefined;
}

const idle: Engine[] = [];
/**
 * Used where no engine can be compiled synchronously: synchronous methods can always take the spare one.
 */
const spares: { [flavour in Flavour]?: Engine } = {};
const isSpare = new WeakSet<Engine>();

/** An idle engine whose memory has grown beyond this is dropped, because memory cannot shrink. */
const KEEP_BYTES = 64 * 1024 * 1024;

/**
 * Returns an engine for one job of `owner`, synchronously. The contents of its memory are arbitrary.
 *
 * @throws SyncRefused where engines can only be made asynchronously and none exists yet.
 */
export function acquireEngine(owner: object, flavour: Flavour = 'strict'): Engine {
  const engine = takeIdle(flavour) ?? takeSpare(flavour) ?? makeNow(flavour);
  engine.owner = owner;
  return engine;
}

/** Like {@link acquireEngine}, but compiles the binary asynchronously if it has to. */
export async function openEngine(owner: object, flavour: Flavour): Promise<Engine> {
  const engine = takeIdle(flavour) ?? (await make(flavour));
  engine.owner = owner;
  return engine;
}

/** Whether an engine of this flavour is available synchronously, without compiling. */
export function isAtHand(flavour: Flavour): boolean {
  if (idle[0]?.flavour === flavour || spares[flavour]) return true;
  return isCompiled(flavour) && !isSyncRefused;
}

/** Returns an engine for the next job. One that lost a worker is dropped. */
export function releaseEngine(engine: Engine): void {
  returnWorkers(engine);
  if (isSpare.has(engine)) {
    spares[engine.flavour] = engine;
    return;
  }
  const keep = idle.length === 0 && engine.memory.buffer.byteLength <= KEEP_BYTES;
  if (keep && !engine.pool.broken) idle.push(engine);
  else engine.pool.close();
}

/** Drops the idle engine and its workers if its last job was for this owner. */
export function dropIdleEngine(owner: object): void {
  if (idle[0]?.owner === owner) idle.pop()?.pool.close();
}

function takeIdle(flavour: Flavour): Engine | undefined {
  if (idle[0]?.pool.broken) idle.pop(); // a worker was lost while it was idle
  return idle[0]?.flavour === flavour ? idle.pop() : undefined;
}

function takeSpare(flavour: Flavour): Engine | undefined {
  const spare = spares[flavour];
  delete spares[flavour];
  return spare;
}

/** Whether an instance was refused to this thread when it asked synchronously. */
let isSyncRefused = false;

function makeNow(flavour: Flavour): Engine {
  const module = compiledNow(flavour);
  const memory = createMemory(1);
  return engineOf(flavour, module, memory, instanceNow(module, memory));
}

async function make(flavour: Flavour): Promise<Engine> {
  const module = await compiled(flavour);
  if (!isSyncRefused) {
    try {
      return makeNow(flavour);
    } catch (error) {
      if (!(error instanceof SyncRefused)) throw error;
      isSyncRefused = true;
    }
  }
  const makeLater = async () => {
    const memory = createMemory(1);
    return engineOf(flavour, module, memory, await instance(module, memory));
  };
  if (!spares[flavour]) {
    const spare = await makeLater();
    isSpare.add(spare);
    spares[flavour] = spare;
  }
  return makeLater();
}

function engineOf(
  flavour: Flavour,
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  exports: WebAssembly.Exports,
): Engine {
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
