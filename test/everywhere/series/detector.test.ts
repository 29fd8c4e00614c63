// SeriesDetector: what it finds, the same bits in whichever form the moments come, and errors about bad
// input.

import { describe, expect, inject, test } from 'vitest';
import { Autoencoder } from '../../../src/index.js';
import { type Moment, SeriesDetector, type SeriesInput } from '../../../src/series.js';
import { hash, uniform } from '../../support/data.js';

const MOMENTS = 1200;
const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 1);

/** Days of 24 hours with noise, with an offset and a scale of their own. */
function daily(moments = MOMENTS, seed = 1): Float64Array {
  const noise = uniform(moments, 1, seed);
  return Float64Array.from(noise, (value, i) => 500 + 100 * wave(i) + 20 * value);
}

/** Uses exact operations only, so that the bits are the same in every engine. */
function wave(i: number): number {
  const x = ((i % 24) - 12) / 12;
  return 1 - 2 * x * x;
}

/** The same, with 12 hours of a constant value from `at` on. */
function withHole(at: number, moments = MOMENTS): Float64Array {
  return daily(moments).map((value, i) => (i >= at && i < at + 12 ? 500 : value));
}

const fitted = async (series: SeriesInput, options: object = {}) => {
  const d = new SeriesDetector({ window: 48, seed: 3, ...options });
  await d.fit(series, { epochs: 8 });
  return d;
};
const learned = fitted(withHole(700));

describe('an anomaly', () => {
  test('is found, with its place, its values and the expected ones', async () => {
    const found = await (await learned).anomalies(withHole(700));
    expect(found).toHaveLength(1);
    const [{ start, end, peak, score, probability, channel, value, expected }] = found as [
      never,
    ] as [Record<string, number>];
    expect(start).toBeGreaterThan(700 - 48);
    expect(start).toBeLessThan(712);
    expect(end).toBeGreaterThanOrEqual(700);
    expect(end).toBeLessThan(712 + 48);
    expect(peak).toBeGreaterThanOrEqual(700);
    expect(peak).toBeLessThan(712);
    expect(score).toBeGreaterThan((await learned).threshold as number);
    expect(probability).toBeGreaterThan(0.999);
    expect(channel).toBe(0);
    expect(value).toBeCloseTo(500, 3);
    expect(Math.abs((expected as number) - 500)).toBeGreaterThan(20);
  });

  test('has the highest score, and normal moments stay below the threshold', async () => {
    const d = await learned;
    const scores = await d.score(withHole(700));
    expect(scores).toHaveLength(MOMENTS);
    const highest = scores.indexOf(Math.max(...scores));
    expect(highest).toBeGreaterThanOrEqual(690);
    expect(highest).toBeLessThan(720);
    const usual = await d.score(daily());
    expect(usual.every((score) => score < (d.threshold as number))).toBe(true);
    expect(await d.anomalies(daily())).toEqual([]);
  });

  test('in one of several channels is attributed to it', async () => {
    const moments = Array.from(daily(), (load, i) => ({
      time: START + HOUR * i,
      load,
      heat: 20 + 3 * wave(i + 5) + (i >= 800 && i < 806 ? 15 : 0),
    }));
    const d = await fitted(moments);
    expect(d.channels).toEqual(['load', 'heat']);
    const found = await d.anomalies(moments);
    expect(found).toHaveLength(1);
    const [anomaly] = found;
    expect(anomaly).toMatchObject({ channel: 'heat' });
    expect(anomaly?.value).toBeGreaterThan(30);
    expect(anomaly?.expected).toBeLessThan(30);
    expect(anomaly?.peak).toBeGreaterThanOrEqual(START + HOUR * 800);
    expect(anomaly?.peak).toBeLessThan(START + HOUR * 806);
  });

  test('has its times in the form in which they were given', async () => {
    const timed = Array.from(withHole(700), (value, i) => ({
      time: new Date(START + HOUR * i).toISOString(),
      value,
    }));
    const [anomaly] = await (await fitted(timed)).anomalies(timed);
    expect(anomaly?.start).toMatch(/^2026-01-\d\dT\d\d:00:00.000Z$/);
    expect(Date.parse(anomaly?.peak as string)).toBeGreaterThanOrEqual(START + HOUR * 700);
  });
});

describe('the window size chosen', () => {
  test('is a multiple of the period', async () => {
    const d = new SeriesDetector({ seed: 1 });
    expect(d.window).toBe(undefined);
    await d.fit(daily(), { epochs: 1 });
    expect(d.window).toBe(72); // a 16th of the series is 75
  });

  test('is a 16th of a series without a period, and a quarter of a short one', async () => {
    for (const [moments, window] of [
      [1600, 100],
      [60, 15],
    ] as const) {
      const d = new SeriesDetector({ seed: 1 });
      await d.fit(uniform(moments, 1, 5), { epochs: 1 });
      expect(d.window).toBe(window);
    }
  });
});

describe('push', () => {
  const expectPushed = async (d: SeriesDetector, series: readonly Moment[], input: SeriesInput) => {
    const batch = await d.score(input, { lookAhead: false });
    d.reset();
    const pushed = Float32Array.from(series, (moment) => d.push(moment)?.score ?? Number.NaN);
    expect([...pushed]).toEqual([...batch]);
    return batch;
  };

  test('gives the same bits as score for the newest windows, and nothing until the first is full', async () => {
    const series = withHole(300, 500);
    const batch = await expectPushed(await learned, [...series], series);
    expect(batch.findIndex((score) => !Number.isNaN(score))).toBe(47);
  });

  test('returns the expected value and whether the moment is anomalous', async () => {
    const d = await learned;
    d.reset();
    const results = Array.from(withHole(300, 500), (value) => d.push(value));
    expect(results[46]).toBe(undefined);
    const { expected, isAnomaly } = results[290] as { expected: number; isAnomaly: boolean };
    expect(isAnomaly).toBe(false);
    expect(Math.abs(expected - (daily()[290] as number))).toBeLessThan(60);
    const odd = results.flatMap((result, i) => (result?.isAnomaly ? [i] : []));
    expect(odd.length).toBeGreaterThan(0);
    for (const i of odd) expect(i).toBeGreaterThanOrEqual(300);
    for (const i of odd) expect(i).toBeLessThan(312 + 48);
  });

  test.each(['mask', 'hold', 'ignore'] as const)(
    "accepts gaps and times, gaps: '%s'",
    async (gaps) => {
      const load = daily();
      const moments = Array.from(load, (value, i) => ({
        time: START + HOUR * (i + (i >= 600 ? 9 : 0) + (i >= 900 ? 400 : 0)) + (i % 3) * 60_000,
        load: i % 50 === 7 ? null : value,
        other: i > 200 && i < 240 ? Number.NaN : wave(i + 3),
      })).filter((_, i) => i % 37 !== 5);
      const d = await fitted(moments, { gaps });
      const batch = await expectPushed(d, moments, moments);
      expect(batch.filter((score) => !Number.isNaN(score)).length).toBeGreaterThan(900);
    },
  );

  test('accepts several channels as arrays, as typed arrays and by name', async () => {
    const data = Float32Array.from(
      { length: 600 },
      (_, i) => wave(i >> 1) + (i % 2) + (i % 7) / 70,
    );
    const series = { data, shape: [300, 2] as const };
    const d = await fitted(series, { window: 12 });
    const rows = Array.from({ length: 300 }, (_, i) => data.subarray(2 * i, 2 * i + 2));
    await expectPushed(d, rows, series);
    await expectPushed(
      d,
      rows.map((row) => [...row]),
      series,
    );
    expect(d.push([1, 2])?.expected).toEqual([expect.any(Number), expect.any(Number)]);
    const named = await fitted(
      rows.map(([a, b]) => ({ a, b }) as never),
      { window: 12 },
    );
    for (const row of rows) named.push({ a: row[0] as number, b: row[1] as number });
    expect(named.push({ a: 1, b: null })?.expected).toEqual({
      a: expect.any(Number),
      b: expect.any(Number),
    });
  });

  test.each<[string, Moment, string, RegExp]>([
    ['a text', 'odd' as never, 'TypeError', /must be a number, got 'odd'/],
    ['an infinity', Number.POSITIVE_INFINITY, 'RangeError', /must be finite/],
    ['two channels', [1, 2], 'RangeError', /must have 1 channel, got 2/],
  ])('refuses %s, and continues as if the call had not happened', async (_, bad, name, message) => {
    const d = await learned;
    const series = daily(100, 4);
    const wanted = await d.score(series, { lookAhead: false });
    d.reset();
    const got = Float32Array.from(series, (value, i) => {
      if (i === 60) {
        expect(() => d.push(bad)).toThrow(
          expect.objectContaining({ name, message: expect.stringMatching(message) }),
        );
      }
      return d.push(value)?.score ?? Number.NaN;
    });
    expect([...got]).toEqual([...wanted]);
  });

  test('refuses a moment earlier than the last one', async () => {
    const moments = Array.from(daily(), (value, i) => ({ time: START + HOUR * i, value }));
    const d = await fitted(moments);
    d.push(moments[5] as never);
    expect(() => d.push(moments[3] as never)).toThrow(
      /order of their times; moment 1 is of 2026-01-01T03/,
    );
    expect(d.push(moments[6] as never)).toBe(undefined);
  });

  test('accepts missing moments, and returns no score while half of the window is missing', async () => {
    const d = await learned;
    d.reset();
    const series = daily(200, 4).map((value, i) => (i > 80 && i < 120 ? Number.NaN : value));
    const wanted = await d.score(series, { lookAhead: false });
    const results = Array.from(series, (value) => d.push(value));
    // The 39 moments from 81 to 119 are missing, and at most 24 of a window may be.
    for (const i of [81, 100, 119, 120, 142]) expect(results[i]).toBe(undefined);
    for (const i of [80, 143, 199]) expect(results[i]?.score).toBe(wanted[i]);
  });
});

describe('missing and repeated moments', () => {
  const holes = (i: number) => i % 5 === 3 || (i >= 300 && i < 400);

  test('do not hide the anomalies of the rest of the series', async () => {
    const series = withHole(700).map((value, i) => (holes(i) ? Number.NaN : value));
    const d = await fitted(series);
    const scores = await d.score(series);
    for (let i = 0; i < MOMENTS; i++) if (holes(i)) expect(scores[i]).toBe(Number.NaN);
    const found = await d.anomalies(series);
    expect(found).toHaveLength(1);
    expect(found[0]?.peak).toBeGreaterThanOrEqual(700);
    expect(found[0]?.peak).toBeLessThan(712);
  });

  test('are inserted where uneven times leave one out', async () => {
    const whole = Array.from(withHole(700), (value, i) => ({
      time: START + HOUR * i,
      value: holes(i) ? null : value,
    }));
    const some = whole.filter(({ value }) => value !== null);
    const [a, b] = [await fitted(whole), await fitted(some, { gaps: 'mask' })];
    const scores = (await a.score(whole)).filter((_, i) => !holes(i));
    expect(await b.score(some)).toEqual(scores);
  });

  test("are inserted for uneven times only if the option gaps is 'mask'", async () => {
    const values = withHole(700);
    const uneven = Array.from(values, (value, i) => ({
      time: START + HOUR * (i + (i >> 1)),
      value,
    }));
    const as = async (gaps?: 'mask' | 'ignore') =>
      (await fitted(uneven, gaps && { gaps })).score(uneven);
    expect(await as()).toEqual(await as('ignore'));
    expect(await as('mask')).not.toEqual(await as('ignore'));
  });

  test('with the same time count once: the last one that has a value', async () => {
    const moments = Array.from(daily(), (value, i) => ({ time: START + HOUR * i, value }));
    const doubled = moments.flatMap((moment, i) =>
      i % 40 === 9 ? [{ ...moment, value: 1e3 }, moment] : [moment],
    );
    const [a, b] = [await fitted(moments), await fitted(moments)];
    const scores = await b.score(doubled);
    const once = scores.filter((_, i) => !(i > 0 && doubled[i]?.time === doubled[i - 1]?.time));
    expect(once).toEqual(await a.score(moments));
  });
});

describe('the same series in another form', () => {
  const wanted = learned.then((d) => d.score(withHole(700)));
  const values = withHole(700);
  const forms: [string, () => SeriesInput][] = [
    ['an array', () => [...values]],
    ['an object with a shape', () => ({ data: values, shape: [MOMENTS, 1] })],
    ['a plain object with a shape', () => ({ data: [...values], shape: [MOMENTS, 1] })],
    ['rows', () => Array.from(values, (value) => [value])],
    ['objects', () => Array.from(values, (value) => ({ value }))],
    ['an iterable', () => values.values()],
    [
      'an async iterable of pieces',
      () =>
        (async function* () {
          yield values.subarray(0, 500);
          yield [...values.subarray(500, 800)];
          for (const value of values.subarray(800)) yield value;
        })(),
    ],
  ];
  test.each(forms)('%s has the same scores', async (_, form) => {
    expect(await (await learned).score(form())).toEqual(await wanted);
    expect(await (await fitted(form())).score(values)).toEqual(await wanted);
  });
});

describe('a file', () => {
  test('contains the detector, and is the same for the same detector', async () => {
    const d = await learned;
    const bytes = d.save();
    const loaded = SeriesDetector.load(bytes);
    expect(loaded.save()).toEqual(bytes);
    expect([loaded.window, loaded.seed, loaded.threshold]).toEqual([48, 3, d.threshold]);
    expect(await loaded.score(daily())).toEqual(await d.score(daily()));
    expect(await loaded.anomalies(withHole(100))).toEqual(await d.anomalies(withHole(100)));
    for (const value of daily(48)) loaded.push(value);
    expect(loaded.push(1)?.isAnomaly).toBe(true);
  });

  test('that contains no detector is refused', async () => {
    const other = new Autoencoder({ layers: [4, 2], seed: 1 }).save();
    expect(() => SeriesDetector.load(other)).toThrow(/a model of rows, not of a series/);
    const text = new TextDecoder('latin1').decode((await learned).save());
    for (const [from, to] of [
      ['\\"window\\":48', '\\"window\\":47'],
      ['\\"channels\\":1', '\\"channels\\":2'],
      ['\\"gaps\\":\\"mask\\"', '\\"gaps\\":\\"musk\\"'],
      ['\\"version\\":1,\\"window', '\\"version\\":2,\\"window'],
    ] as const) {
      expect(text).toContain(from);
      const bytes = Uint8Array.from(text.replace(from, to), (character) => character.charCodeAt(0));
      expect(() => SeriesDetector.load(bytes)).toThrow(/is not a valid model/);
    }
  });

  // A regression value, the same in Node and in pages.
  test(`${inject('place')}: the same bits as everywhere`, async () => {
    const d = await learned;
    expect(hash(await d.score(withHole(700)))).toBe('0a1b27ef764de4c0');
  });
});

describe('bad input', () => {
  const d = () => new SeriesDetector({ window: 48, seed: 1 });
  test.each<[string, () => unknown, string, RegExp]>([
    [
      'a window of 1',
      () => new SeriesDetector({ window: 1 }),
      'RangeError',
      /^window must be an integer from 2/,
    ],
    [
      'an invalid value of gaps',
      () => new SeriesDetector({ gaps: 'fill' as never }),
      'RangeError',
      /^gaps must be one of 'auto', 'mask', 'hold', 'ignore'/,
    ],
    [
      'a tail of 0',
      () => new SeriesDetector({ tail: 0 }),
      'RangeError',
      /^tail must be a number above 0/,
    ],
    [
      'an unknown option',
      () => new SeriesDetector({ windows: 3 } as never),
      'TypeError',
      /has no 'windows'; did you mean 'window'/,
    ],
    ['a seed of -1', () => new SeriesDetector({ seed: -1 }), 'RangeError', /^seed must be/],
    ['push before fit', () => d().push(1), 'Error', /^push needs a fitted detector/],
    ['save before fit', () => d().save(), 'Error', /^save needs a fitted detector/],
  ])('%s', (_, call, name, message) => {
    expect(call).toThrow(
      expect.objectContaining({ name, message: expect.stringMatching(message) }),
    );
  });

  const timed = (times: number[]) => times.map((time, i) => ({ time, value: i }));
  test.each<[string, unknown, string, RegExp]>([
    ['nothing', undefined, 'TypeError', /^series must be a typed array/],
    ['no moments', [], 'RangeError', /at least one moment, got none/],
    [
      'fewer moments than two windows',
      daily(95),
      'RangeError',
      /at least two windows, 96 moments, got 95/,
    ],
    [
      'missing values only',
      new Float32Array(200).fill(Number.NaN),
      'RangeError',
      /value in every channel, and channel 0 has none/,
    ],
    [
      'a channel with missing values only',
      Array.from(daily(), (a) => ({ a, b: null })),
      'RangeError',
      /channel b has none/,
    ],
    [
      'too few values',
      Float32Array.from({ length: 200 }, (_, i) => (i % 3 ? Number.NaN : i)),
      'RangeError',
      /at least half are there, got none/,
    ],
    [
      'an infinity',
      Float32Array.from({ length: 200 }, (_, i) => 1 / (i - 100)),
      'RangeError',
      /moment 100, channel 0, must be finite/,
    ],
    [
      'times that are not in order',
      timed([...Array(100).keys(), 50]),
      'RangeError',
      /order of their times; moment 100/,
    ],
    [
      'a time that is not a date',
      [{ time: 'soon', value: 1 }],
      'TypeError',
      /^time must be a Date/,
    ],
    [
      'a moment without its time',
      [{ time: 1, value: 1 }, { value: 2 }],
      'TypeError',
      /moment 1 must have a time/,
    ],
    [
      'a moment without a channel',
      [{ a: 1, b: 1 }, { a: 2 }],
      'RangeError',
      /moment 1 must have the channel 'b'/,
    ],
    [
      'an additional channel',
      [{ a: 1 }, { a: 2, b: 3 }],
      'RangeError',
      /moment 1 has a channel 'b'/,
    ],
    ['a time alone', [{ time: 1 }], 'RangeError', /must have a channel beside its time/],
    ['a text', [{ a: '1' }], 'TypeError', /channel a, must be a number, got '1'/],
    ['rows that differ', [[1, 2], [1]], 'RangeError', /moment 1 must have 2 channels, got 1/],
    [
      'times too far apart to be masked',
      timed(Array.from({ length: 400 }, (_, i) => i + 40 * Math.floor(i / 2))),
      'RangeError',
      /at about even distances/,
    ],
  ])('fit on %s', async (what, series, name, message) => {
    const gaps = what.endsWith('masked') ? 'mask' : 'auto';
    const detector = new SeriesDetector({ window: 48, seed: 1, gaps });
    await expect(detector.fit(series as SeriesInput, { epochs: 1 })).rejects.toThrow(
      expect.objectContaining({ name, message: expect.stringMatching(message) }),
    );
    expect(() => detector.push(1)).toThrow(/call fit first/);
  });

  test('a failed fit leaves a trained detector as it was', async () => {
    const detector = await learned;
    const before = detector.save();
    await expect(detector.fit(new Float32Array(9))).rejects.toThrow(RangeError);
    const stop = new AbortController();
    stop.abort();
    await expect(detector.fit(daily(), { signal: stop.signal })).rejects.toThrow();
    expect(detector.save()).toEqual(before);
  });

  test.each<[string, unknown, RegExp]>([
    ['shorter than a window', daily(47), /at least as many moments as a window, 48, got 47/],
    [
      'another number of channels',
      { data: new Float32Array(200), shape: [100, 2] },
      /the 1 channels that were learned, got 2/,
    ],
    ['another number of channels in rows', [[1, 2]], /must have 1 channel, got 2/],
  ])('score on a series of %s', async (_, series, message) => {
    await expect((await learned).score(series as SeriesInput)).rejects.toThrow(message);
  });

  test('a constant series is accepted, and a deviation from it is an anomaly', async () => {
    const detector = await fitted(new Float32Array(300).fill(7));
    expect(await detector.anomalies(new Float32Array(300).fill(7))).toEqual([]);
    const found = await detector.anomalies(new Float32Array(300).fill(7).fill(9, 150, 160));
    expect(found).toMatchObject([{ channel: 0, value: 9 }]);
  });

  test('fit is refused while another call of fit is running', async () => {
    const detector = d();
    const first = detector.fit(daily(), { epochs: 1 });
    await expect(detector.fit(daily())).rejects.toThrow(/fit is already running on this detector/);
    await first;
  });
});
