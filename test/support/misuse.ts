// Mistakes of callers: operations on models, in random order and at the same time.

import { Random, Stream } from '../../src/base/random.js';
import { Autoencoder, type AutoencoderOptions, type MatrixInput } from '../../src/index.js';
import { turn } from './time.js';

const WIDTH = 6;
const SHAPES: AutoencoderOptions[] = [
  { layers: [WIDTH, 3] },
  { layers: [WIDTH, 8, 2], activation: 'relu', scale: 'standard' },
  { layers: [WIDTH, 4], missing: 'mask', scale: 'minmax' },
  { layers: [WIDTH, 2], outputActivation: 'linear', threads: 256 },
];

/** Messages of the engine's own errors, which show a fault of the library. */
const ENGINE =
  /Invalid typed array|out of (range|bounds)|Cannot (read|set)|detached|is not (a function|iterable|defined)|unreachable/i;

/** The outcomes of a run's operations. */
export class Outcome {
  operations = 0;
  resolved = 0;
  readonly errors = new Map<string, number>();
  /** Errors that do not tell what the caller did wrong. */
  readonly faults = new Set<string>();

  reject(error: unknown): void {
    const name = error instanceof Error ? error.name : String(error);
    if (ENGINE.test((error as Error)?.message)) this.faults.add(`${(error as Error).stack}`);
    this.errors.set(name, (this.errors.get(name) ?? 0) + 1);
  }

  toString(): string {
    const errors = [...this.errors].map(([name, count]) => `${count} ${name}`).join(', ');
    return `${this.operations} operations: ${this.resolved} resolved, ${errors}`;
  }
}

/**
 * Runs `count` random operations drawn from `seed`, `together` at a time on a few models. Their rows are
 * detached, resized, changed or invalid; operations are aborted, disposed of and called from within
 * callbacks. All must settle, and must reject with an Error or an abort's reason.
 */
export async function misuse(seed: number, count: number, together: number): Promise<Outcome> {
  const random = new Random(seed, Stream.shuffle);
  const below = (n: number) => random.next() % n;
  const pick = <T>(all: readonly T[]) => all[below(all.length)] as T;
  const outcome = new Outcome();
  const create = () => new Autoencoder({ ...pick(SHAPES), seed: below(100) });
  const models = Array.from({ length: 4 }, create);

  const floats = (rows: number) =>
    Float32Array.from({ length: rows * WIDTH }, () => below(1000) / 1000);
  const later = (change: () => void) => void turn().then(change);
  const inputs: (() => unknown)[] = [
    () => floats(1 + below(40)),
    () => new Uint8Array((1 + below(40)) * WIDTH).fill(below(256)),
    () => {
      const x = floats(30);
      later(() => structuredClone(x.buffer, { transfer: [x.buffer] }));
      return x;
    },
    () => {
      const x = floats(8);
      structuredClone(x.buffer, { transfer: [x.buffer] });
      return x;
    },
    () => {
      const bytes = 30 * WIDTH * 4;
      const options = { maxByteLength: bytes };
      const buffer = new (ArrayBuffer as unknown as ResizableConstructor)(bytes, options);
      later(() => buffer.resize(below(bytes)));
      return new Float32Array(buffer);
    },
    () => {
      const x = Array.from({ length: 9 }, () => Array(WIDTH).fill(0.5));
      later(() => pick(x).splice(below(WIDTH)));
      return x;
    },
    () => {
      const x = floats(20);
      later(() => x.fill(pick([Number.NaN, Number.POSITIVE_INFINITY, 3e38])));
      return x;
    },
    () => ({ data: new Float32Array(2 * WIDTH), shape: [2 ** 31, 2 ** 31] }),
    () => ({ data: floats(2), shape: [2, WIDTH] }),
    () => floats(5).fill(3e38),
    () => floats(5).fill(Number.NaN),
    () => new Float32Array(WIDTH + 1),
    () => [],
    () => pick([null, undefined, 'rows', 7, {}, Symbol.iterator, () => 1]),
    () => floats(20_000),
  ];
  const input = () => pick(inputs)() as MatrixInput;

  const stream = () =>
    async function* () {
      for (let i = below(4); i >= 0; i--) {
        if (below(8) === 0) await new Promise(() => {}); // the signal or dispose() has to end the operation
        if (below(12) === 0) throw new Error('the source failed');
        await turn();
        yield input() as never;
      }
    };

  const fit = (ae: Autoencoder, depth: number): Promise<unknown> => {
    const controller = new AbortController();
    const isStream = below(4) === 0;
    if (isStream || below(3) === 0) {
      const turns = below(20);
      (async () => {
        for (let i = 0; i < turns; i++) await turn();
        controller.abort(pick([undefined, new Error('enough'), 'enough']));
      })();
    }
    const inside = () => {
      if (below(3) > 0) return undefined;
      if (below(10) === 0) throw new Error('the callback failed');
      return depth > 0 ? one(depth - 1) : undefined;
    };
    return ae.fit(isStream ? stream() : input(), {
      epochs: 1 + below(4),
      batchSize: pick([1, 7, 64]),
      signal: controller.signal,
      ...(below(3) === 0 && { onEpochEnd: () => inside() as Promise<void> }),
      ...(below(5) === 0 && { onBatchEnd: () => void inside()?.catch?.(() => {}) }),
      ...(below(5) === 0 && { checkpoint: { onSave: () => inside() as Promise<void> } }),
      ...(below(6) === 0 && !isStream && { validationData: input() }),
      ...(below(8) === 0 && { reset: true }),
    });
  };

  const encodeAll = async (ae: Autoencoder) => {
    const controller = new AbortController();
    for await (const _ of ae.encodeStream(finite(), { batchSize: 1 + below(9) })) {
      if (below(5) === 0) break;
      if (controller.signal.aborted) break;
    }
  };
  const finite = async function* () {
    for (let i = below(4); i > 0; i--) yield input() as never;
  };

  const operations: ((ae: Autoencoder, depth: number) => unknown)[] = [
    fit,
    fit,
    fit,
    (ae) => ae.encode(input()),
    (ae) => ae.decode(input()),
    (ae) => ae.reconstruct(input()),
    (ae) => ae.encodeSync(input()),
    (ae) => ae.evaluate(input()),
    (ae) => ae.score(input()),
    (ae) => ae.explain(input()),
    (ae) => ae.impute(input()),
    (ae) => ae.isAnomaly(input()),
    (ae) => ae.fitThreshold(input()),
    (ae) => ae.partialFit(input()),
    encodeAll,
    (ae) => Autoencoder.load(ae.save()),
    (ae) => {
      const bytes = ae.save();
      bytes[below(bytes.length)] = below(256);
      return Autoencoder.load(bytes).encode(input());
    },
    (ae) => ae.summary(),
    (ae) => {
      if (below(4) === 0) ae.dispose();
    },
  ];

  /** Runs one operation and records its outcome; never rejects. */
  async function one(depth: number): Promise<void> {
    outcome.operations++;
    const index = below(models.length);
    if (below(25) === 0) models[index] = create();
    try {
      await pick(operations)(models[index] as Autoencoder, depth);
      outcome.resolved++;
    } catch (error) {
      outcome.reject(error);
    }
  }

  while (outcome.operations < count) {
    await Promise.all(Array.from({ length: together }, () => one(2)));
  }
  for (const ae of models) ae.dispose();
  return outcome;
}

type ResizableConstructor = new (
  bytes: number,
  options: { maxByteLength: number },
) => ArrayBuffer & { resize(bytes: number): void };
