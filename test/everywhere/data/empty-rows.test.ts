// Rows without any value, with missing: 'mask'. Nothing can be learned from them and they have no error,
// but they do not cause errors either.

import { describe, expect, test } from 'vitest';
import { Autoencoder, type AutoencoderOptions, type MatrixInput } from '../../../src/index.js';
import { factored, fingerprint, rowsOf } from '../../support/data.js';
import type { Fit } from '../../support/models.js';

const [WIDTH, ROWS] = [6, 60];
const EMPTY = [0, 7, 8, 59, 60]; // positions among all rows
const NOTHING = new Float32Array(WIDTH).fill(Number.NaN);
const holes = factored(ROWS, WIDTH, 2, 1).map((v, i) => (i % 11 ? 5 * v : Number.NaN));
/** The same rows with empty ones inserted, and which of them are which. */
const rows = rowsOf(holes, WIDTH);
const mixed: Float32Array[] = [];
const whose: (number | undefined)[] = [];
for (let from = 0; from < ROWS || EMPTY.includes(mixed.length); ) {
  const isEmpty = EMPTY.includes(mixed.length);
  whose.push(isEmpty ? undefined : from);
  mixed.push(isEmpty ? NOTHING : (rows[from++] as Float32Array));
}
const flat = (all: readonly Float32Array[]) => Float32Array.from(all.flatMap((row) => [...row]));

describe.each(['none', 'minmax', 'standard', 'auto'] as const)("scale '%s'", (scale) => {
  const options: AutoencoderOptions = { layers: [WIDTH, 3], scale, missing: 'mask', seed: 5 };
  const fitted = async (x: Parameters<Autoencoder['fit']>[0], fit: Fit = {}) => {
    const ae = new Autoencoder(options);
    const history = await ae.fit(x, { epochs: 3, batchSize: 16, ...fit });
    const losses = history.map(({ loss, validationLoss }) => [loss, validationLoss]);
    return { ae, losses, mark: fingerprint(ae), scaler: ae.scaler, fill: ae.missingFill };
  };
  const same = async (a: ReturnType<typeof fitted>, b: ReturnType<typeof fitted>) => {
    const [{ ae: _, ...first }, { ae: __, ...second }] = [await a, await b];
    expect(first).toEqual(second);
  };

  test('fit trains as if they were not there', async () => {
    expect(mixed.length).toBe(ROWS + EMPTY.length);
    await same(fitted(mixed), fitted(rows));
    await same(fitted(flat(mixed)), fitted(rows));
    await same(fitted(mixed, { validationSplit: 0.3 }), fitted(rows, { validationSplit: 0.3 }));
    await same(fitted(mixed, { validationData: mixed }), fitted(rows, { validationData: rows }));
    const sampleWeight = rows.map((_, i) => 1 + (i % 4));
    const weights = whose.map((i) => (i === undefined ? 100 : (sampleWeight[i] as number)));
    await same(fitted(mixed, { sampleWeight: weights }), fitted(rows, { sampleWeight }));
  });

  test('fit on a stream does the same', async () => {
    const count = mixed.length;
    await same(
      fitted(() => mixed, { validationData: mixed }),
      fitted(() => rows, { validationData: rows }),
    );
    const streamed = await fitted(() => mixed, { rows: count });
    expect(
      streamed.losses
        .flat()
        .filter((loss) => loss !== undefined)
        .every(Number.isFinite),
    ).toBe(true);
    await expect(fitted(() => mixed, { rows: ROWS })).rejects.toThrow(`got ${count}`);
  });

  test('every method has a result for them, and does not change the others', async () => {
    const { ae } = await fitted(rows);
    const threshold = await ae.fitThreshold(rows, { contamination: 0.1 });
    expect(await ae.fitThreshold(mixed, { contamination: 0.1 })).toBe(threshold);
    expect(await ae.evaluate(mixed)).toBe(await ae.evaluate(rows));

    const ofRows = {
      scores: await ae.score(rows),
      flags: await ae.isAnomaly(rows),
      why: await ae.explain(rows),
      found: await ae.detect(rows),
      filled: await ae.impute(rows),
      codes: await ae.encode(rows),
    };
    const [scores, flags, why] = [
      await ae.score(mixed),
      await ae.isAnomaly(mixed),
      await ae.explain(mixed),
    ];
    const [found, filled, codes] = [
      await ae.detect(mixed),
      await ae.impute(mixed),
      await ae.encode(mixed),
    ];
    const fill = ae.missingFill as Float32Array;
    const { offset, factor } = ae.scaler ?? {};
    const means = fill.map((value, j) =>
      offset && factor ? value * (factor[j] as number) + (offset[j] as number) : value,
    );
    for (const [i, row] of whose.entries()) {
      if (row === undefined) {
        expect(scores[i]).toBe(Number.NaN);
        expect(flags[i]).toBe(0);
        expect(why[i]).toEqual([]);
        expect(found[i]).toEqual({ row: i, score: Number.NaN, isAnomaly: false, why: [] });
        expect(filled.row(i)).toEqual(means);
        const seen = ae.encodeSync(means).row(0);
        // The fill value is rounded before scaling here, but after it in the library.
        for (const [j, code] of codes.row(i).entries())
          expect(code).toBeCloseTo(seen[j] as number, 4);
      } else {
        expect(scores[i]).toBe(ofRows.scores[row]);
        expect(flags[i]).toBe(ofRows.flags[row]);
        expect(why[i]).toEqual(ofRows.why[row]);
        expect(found[i]).toEqual({ ...ofRows.found[row], row: i });
        expect(filled.row(i)).toEqual(ofRows.filled.row(row));
        expect(codes.row(i)).toEqual(ofRows.codes.row(row));
      }
    }
    expect(ae.scoreSync(NOTHING)).toEqual(Float32Array.of(Number.NaN));
    expect((await ae.reconstruct(NOTHING)).data.every(Number.isFinite)).toBe(true);
  });

  test('methods that need a row with values say so if there is none', async () => {
    const all: MatrixInput = [NOTHING, NOTHING];
    const untrained = new Autoencoder(options);
    const before = fingerprint(untrained);
    const says = 'must have a value in at least one row, but all cells of its 2 rows are missing';
    for (const x of [all, () => all]) {
      await expect(untrained.fit(x, { epochs: 2 })).rejects.toThrow(`x ${says}`);
    }
    await expect(untrained.fit(rows, { validationData: all })).rejects.toThrow(
      `validationData ${says}`,
    );
    expect(fingerprint(untrained)).toBe(before);
    const { ae } = await fitted(rows);
    await expect(ae.evaluate(all)).rejects.toThrow(`x ${says}`);
    await expect(ae.fitThreshold(all)).rejects.toThrow(`x ${says}`);
    await expect(ae.fitThreshold(all)).rejects.toThrow(RangeError);
    expect(await ae.score(all)).toEqual(new Float32Array(2).fill(Number.NaN));
    await expect(ae.evaluate(NOTHING)).rejects.toThrow('all cells of its one row are missing');
  });
});

test('a stream may have pieces without any value, also at its beginning and its end', async () => {
  const wide = 2 ** 16; // 64 rows, one batch, are one piece of the stream
  const nothing = new Float32Array(wide).fill(Number.NaN);
  const something = new Float32Array(wide).fill(0.5);
  const of = async (counts: [rows: number, row: Float32Array][], rows?: number) => {
    const ae = new Autoencoder({ layers: [wide, 1], missing: 'mask', scale: 'none', seed: 1 });
    const history = await ae.fit(
      function* () {
        for (const [count, row] of counts) for (let i = 0; i < count; i++) yield row;
      },
      { epochs: 2, validationData: something, ...(rows && { rows }) },
    );
    return { mark: fingerprint(ae), losses: history.map((r) => [r.loss, r.validationLoss]) };
  };
  const expected = await of([[70, something]]);
  expect(
    await of([
      [64, nothing],
      [64, something],
      [64, nothing],
      [6, something],
      [3, nothing],
      [80, nothing],
    ]),
  ).toEqual(expected);
  expect(expected.losses.flat().every((loss) => Number.isFinite(loss))).toBe(true);
});
