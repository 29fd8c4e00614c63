import { describe, expect, test } from 'vitest';
import { Autoencoder, Matrix, type RowStream, type StreamInput } from '../../../src/index.js';
import { asFloats, pixels, rowsOf, uniform } from '../../support/data.js';

const WIDTH = 4;
const model = () => new Autoencoder({ layers: [WIDTH, 3], seed: 1 });

async function* arriving<T>(items: Iterable<T>): AsyncGenerator<T, void, undefined> {
  for (const item of items) {
    await new Promise((resolve) => setTimeout(resolve));
    yield item;
  }
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** The two methods that encode a stream. */
const ways: Record<
  string,
  (ae: Autoencoder, source: RowStream, options?: { batchSize?: number }) => Promise<Matrix[]>
> = {
  encodeStream: (ae, source, options) => collect(ae.encodeStream(source, options)),
  encodeTransform: async (ae, source, options) => {
    const chunks = Symbol.asyncIterator in source ? await collect(source) : [...source];
    const readable = new ReadableStream<StreamInput>({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(chunk);
        controller.close();
      },
    });
    const all: Matrix[] = [];
    const sink = new WritableStream<Matrix>({ write: (codes) => void all.push(codes) });
    await readable.pipeThrough(ae.encodeTransform(options)).pipeTo(sink);
    return all;
  },
};

describe.each(Object.entries(ways))('%s', (_, encodeAll) => {
  const x = uniform(23, WIDTH, 1);
  const rows = rowsOf(x, WIDTH);
  const slice = (from: number, to: number) => x.slice(from * WIDTH, to * WIDTH);
  const sizes = (all: Matrix[]) => all.map(({ shape }) => shape[0]);
  const joined = (all: Matrix[]) => all.flatMap((codes) => [...codes.data]);

  const sources: Record<string, [source: () => RowStream, sizes: number[]]> = {
    'flat batches': [() => [slice(0, 10), slice(10, 11), slice(11, 23)], [10, 1, 12]],
    'batches of rows': [() => [rows.slice(0, 20), rows.slice(20)], [20, 3]],
    matrices: [
      () => [new Matrix(slice(0, 22), [22, WIDTH]), new Matrix(slice(22, 23), [1, WIDTH])],
      [22, 1],
    ],
    'rows of a matrix': [() => new Matrix(x, [23, WIDTH]), Array(23).fill(1)],
    'rows of numbers': [() => rows.map((row) => [...row]), Array(23).fill(1)],
    'a slow stream': [() => arriving([slice(0, 7), [...slice(7, 8)], slice(8, 23)]), [7, 1, 15]],
  };
  test.each(Object.entries(sources))('%s, one result per item', async (_, [source, expected]) => {
    const ae = model();
    const all = await encodeAll(ae, source());
    expect(sizes(all)).toEqual(expected);
    expect(joined(all)).toEqual([...ae.encodeSync(x).data]);
    expect(all.every((codes) => codes instanceof Matrix && codes.shape[1] === 3)).toBe(true);
  });

  test.each(Object.entries(sources))('%s, in batches of 5, 23 and 100', async (_, [source]) => {
    const ae = model();
    const expected = [...ae.encodeSync(x).data];
    for (const [batchSize, counts] of [
      [5, [5, 5, 5, 5, 3]],
      [23, [23]],
      [100, [23]],
    ] as const) {
      const all = await encodeAll(ae, source(), { batchSize });
      expect(sizes(all)).toEqual(counts);
      expect(joined(all)).toEqual(expected);
    }
  });

  test('an empty stream has an empty result', async () => {
    expect(await encodeAll(model(), [])).toEqual([]);
    expect(await encodeAll(model(), [], { batchSize: 4 })).toEqual([]);
  });

  test('bytes, alone and mixed with numbers', async () => {
    const ae = model();
    const bytes = pixels(9, WIDTH, 0.7, 1);
    const expected = [...ae.encodeSync(bytes).data, ...ae.encodeSync(x).data];
    for (const options of [{}, { batchSize: 7 }]) {
      expect(joined(await encodeAll(ae, [bytes, x], options))).toEqual(expected);
    }
    expect(joined(await encodeAll(ae, [bytes]))).toEqual([...ae.encodeSync(asFloats(bytes)).data]);
  });

  test('with a scale and missing cells', async () => {
    const ae = new Autoencoder({ layers: [WIDTH, 3], scale: 'minmax', missing: 'mask', seed: 1 });
    await ae.fit(x, { epochs: 1 });
    const holes = x.map((value, i) => (i % 7 ? 5 * value : Number.NaN));
    const expected = [...ae.encodeSync(holes).data];
    for (const options of [{}, { batchSize: 4 }]) {
      expect(joined(await encodeAll(ae, rowsOf(holes, WIDTH), options))).toEqual(expected);
    }
  });

  const spoilt = [slice(0, 10), slice(10, 20), slice(20, 23)];
  (spoilt[1] as Float32Array)[7 * WIDTH + 2] = Number.NaN;
  const bad: [label: string, source: unknown[], options: object, kind: unknown, message: string][] =
    [
      [
        'NaN',
        spoilt,
        {},
        RangeError,
        'source must be finite float32 numbers; row 17, column 2 is NaN',
      ],
      ['NaN in batches', spoilt, { batchSize: 4 }, RangeError, 'row 17, column 2 is NaN'],
      [
        'a batch of another width',
        [slice(0, 2), [1, 2, 3]],
        {},
        RangeError,
        'source[1][0] must have the input width 4',
      ],
      [
        'a length that is no multiple',
        [new Float32Array(7)],
        {},
        RangeError,
        'source[0] must have a length that is a multiple of the input width 4',
      ],
      ['text', [x, 'more'], { batchSize: 4 }, TypeError, 'source[1] must be a typed array'],
      ['numbers alone', [...x], {}, TypeError, 'source[0] must be a typed array'],
      ['an empty batch', [[]], {}, RangeError, 'source[0] must have at least one row'],
      [
        'text in a row',
        [[1, 2, '3', 4]],
        {},
        TypeError,
        "source[0][0][2] must be a number, got '3'",
      ],
    ];
  test.each(bad)('%s is an error', async (_, source, options, kind, message) => {
    const error = await encodeAll(model(), source as never, options).catch((error) => error);
    expect(error.constructor).toBe(kind);
    expect(error.message).toContain(message);
  });
});

describe('encodeStream', () => {
  test('reads only what is needed, and closes the source when the loop is left', async () => {
    let [read, closed] = [0, 0];
    function* source() {
      try {
        for (;;) {
          read++;
          yield uniform(2, WIDTH, read);
        }
      } finally {
        closed++;
      }
    }
    for await (const codes of model().encodeStream(source())) {
      expect(codes.shape).toEqual([2, 3]);
      if (read === 3) break;
      expect(closed).toBe(0);
    }
    expect([read, closed]).toEqual([3, 1]);
  });

  test('an error of the source is passed on', async () => {
    async function* failing() {
      yield uniform(2, WIDTH, 1);
      throw new Error('the disk is full');
    }
    const codes = model().encodeStream(failing());
    expect((await codes.next()).value?.shape).toEqual([2, 3]);
    await expect(codes.next()).rejects.toThrow('the disk is full');
  });

  test.each([
    [undefined, 'got undefined'],
    [5, 'got 5'],
    ['rows', "got 'rows'"],
    [{}, 'got an Object'],
  ])('%s is refused', async (source, got) => {
    const error = await model()
      .encodeStream(source as never)
      .next()
      .catch((error) => error);
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain(
      'source must be an iterable or async iterable of batches or rows',
    );
    expect(error.message).toContain(got);
  });
});

describe('encodeTransform', () => {
  test('reads its input only as fast as the codes are read', async () => {
    let read = 0;
    const readable = new ReadableStream<StreamInput>(
      { pull: (controller) => controller.enqueue(uniform(1, WIDTH, ++read)) },
      { highWaterMark: 0 },
    );
    const reader = readable.pipeThrough(model().encodeTransform()).getReader();
    for (let i = 1; i <= 3; i++) {
      await reader.read();
      await new Promise((resolve) => setTimeout(resolve, 20));
      // One item may be queued at each end.
      expect(read).toBeLessThanOrEqual(i + 2);
    }
    await reader.cancel();
  });

  test('an error reaches both the readable and the writable end', async () => {
    const { readable, writable } = model().encodeTransform();
    const writer = writable.getWriter();
    const read = readable.getReader().read();
    await expect(writer.write([1, 2, 3] as never)).rejects.toThrow('input width 4');
    await expect(read).rejects.toThrow('input width 4');
  });
});
