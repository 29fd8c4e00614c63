// Streams that never yield again, and calls that wait for them.

import { describe, expect, test } from 'vitest';
import { Autoencoder, type RowStream, type StreamInput } from '../../../src/index.js';
import { fingerprint, rowsOf } from '../../support/data.js';
import { SMALL, SMALL_ROWS } from '../../support/models.js';
import { deferred } from '../../support/time.js';

const WIDTH = 6;
const ROWS = rowsOf(SMALL_ROWS, WIDTH);
const never = () => new Promise<never>(() => {});

/** Streams that stall in different places, after calling `halted`. */
const stalls: Record<string, (halted: () => void) => RowStream> = {
  'a generator, at once': async function* (halted) {
    halted();
    yield await never();
  },
  'a generator, after some rows': async function* (halted) {
    yield* ROWS;
    halted();
    await never();
  },
  'an iterator that never returns either': (halted) => ({
    [Symbol.asyncIterator]: () => ({
      next() {
        halted();
        return never();
      },
      return: never,
    }),
  }),
  'a generator of promises': function* (halted) {
    yield ROWS[0] as Float32Array;
    halted();
    yield never() as unknown as StreamInput;
  },
  'a ReadableStream': (halted) =>
    new ReadableStream<StreamInput>({
      pull() {
        halted();
        return never();
      },
    }) as unknown as RowStream,
};

describe.each(Object.entries(stalls))('%s', (_, stream) => {
  /** The error of a fit that is stopped once its stream has stalled. */
  async function stopped(ae: Autoencoder, stop: () => void, signal?: AbortSignal) {
    const halted = deferred();
    const running = ae
      .fit(() => stream(halted.resolve), { epochs: 2, ...(signal && { signal }) })
      .then(
        () => expect.fail('fit was not stopped'),
        (error: unknown) => error,
      );
    await halted.promise;
    stop();
    return running;
  }

  test('an abort signal ends fit, with its reason', async () => {
    const controller = new AbortController();
    const ae = new Autoencoder(SMALL);
    const before = fingerprint(ae);
    const reason = { why: 'no time' };
    const abort = () => controller.abort(reason);
    expect(await stopped(ae, abort, controller.signal)).toBe(reason);
    expect(fingerprint(ae)).toBe(before);
    expect(await ae.fit(SMALL_ROWS, { epochs: 1 })).toHaveLength(1);
  });

  test('dispose() ends fit', async () => {
    const ae = new Autoencoder(SMALL);
    const error = await stopped(ae, () => ae.dispose());
    expect(error).toEqual(new Error('the model was disposed of during fit'));
  });

  test('dispose() ends encodeStream', async () => {
    const ae = new Autoencoder(SMALL);
    const halted = deferred();
    const codes = ae.encodeStream(stream(halted.resolve), { batchSize: ROWS.length + 1 });
    const next = expect(codes.next()).rejects.toThrow('the model was disposed of');
    await halted.promise;
    ae.dispose();
    await next;
    expect(await codes.next()).toEqual({ done: true, value: undefined });
  });
});

test('AbortSignal.timeout ends fit', async () => {
  const stalled = async function* () {
    yield await never();
  };
  const fit = new Autoencoder(SMALL).fit(stalled, { signal: AbortSignal.timeout(50) });
  await expect(fit).rejects.toMatchObject({ name: 'TimeoutError' });
});

test('dispose() ends encodeTransform', async () => {
  const ae = new Autoencoder(SMALL);
  const { readable } = ae.encodeTransform();
  const read = expect(readable.getReader().read()).rejects.toThrow('the model was disposed of');
  ae.dispose();
  await read;
});

test('after an abort the stream is closed, and errors it then throws are not unhandled rejections', async () => {
  const controller = new AbortController();
  const told: string[] = [];
  const stream = {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        controller.abort('enough');
        return Promise.reject(new Error('too late'));
      },
      return() {
        told.push('return');
        throw new Error('later still');
      },
    }),
  };
  const fit = new Autoencoder(SMALL).fit(() => stream, { signal: controller.signal });
  await expect(fit).rejects.toBe('enough');
  expect(told).toEqual(['return']);
});

test('a stream that fails ends fit with its own error, and is not closed again', async () => {
  const told: string[] = [];
  const stream = {
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.reject(new Error('the disk is gone')),
      async return() {
        told.push('return');
        return { done: true as const, value: undefined };
      },
    }),
  };
  await expect(new Autoencoder(SMALL).fit(() => stream)).rejects.toThrow('the disk is gone');
  expect(told).toEqual([]);
});

test('an abort waits for a checkpoint that is being saved', async () => {
  const controller = new AbortController();
  const order: string[] = [];
  const saving = deferred();
  const fit = new Autoencoder(SMALL).fit(SMALL_ROWS, {
    epochs: 3,
    signal: controller.signal,
    checkpoint: {
      async onSave() {
        controller.abort('enough');
        await saving.promise;
        order.push('saved');
      },
    },
  });
  const aborted = fit.catch((reason) => order.push(reason));
  setTimeout(saving.resolve);
  await aborted;
  expect(order).toEqual(['saved', 'enough']);
});
