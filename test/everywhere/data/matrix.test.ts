import { describe, expect, test } from 'vitest';
import { Matrix } from '../../../src/index.js';

const matrix = () => new Matrix(Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]);

describe('Matrix', () => {
  test('row(i) is a view of row i', () => {
    const m = matrix();
    expect(Array.from([0, 1, 2], (i) => [...m.row(i)])).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    m.row(1)[0] = 30;
    expect([...m.data]).toEqual([1, 2, 30, 4, 5, 6]);
  });

  test('iterates over its rows in order, any number of times', () => {
    const m = matrix();
    for (let pass = 0; pass < 2; pass++) {
      expect([...m].map((row) => [...row])).toEqual([
        [1, 2],
        [3, 4],
        [5, 6],
      ]);
    }
    const [first] = m;
    expect(first?.buffer).toBe(m.data.buffer);
  });

  test('without rows it iterates over nothing', () => {
    expect([...new Matrix(new Float32Array(0), [0, 2])]).toEqual([]);
  });

  test.each([
    [-1, 'got -1'],
    [3, 'got 3'],
    [0.5, 'got 0.5'],
    [Number.NaN, 'got NaN'],
    ['1', "got '1'"],
    [undefined, 'got undefined'],
  ])('row(%s) throws a RangeError', (i, got) => {
    const call = () => matrix().row(i as number);
    expect(call).toThrow(RangeError);
    expect(call).toThrow(`row must be an integer from 0 to 2, ${got}`);
  });
});

describe('copies of a Matrix', () => {
  test('toArray, toJSON and length', () => {
    const m = matrix();
    expect(m.length).toBe(3);
    const rows = m.toArray();
    expect(rows).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    (rows[0] as number[])[0] = 9;
    expect(m.data[0]).toBe(1);
    expect(JSON.stringify(m)).toBe('{"data":[1,2,3,4,5,6],"shape":[3,2]}');
  });

  test.each([
    [],
    [1],
    [0, 2],
    [-1],
    [-2, -1],
    [2, 1],
    [5],
    [0, 99],
    [-99, 1],
    [1.9, 2.9],
    [Number.NaN, Number.NaN],
    [0, -Infinity],
  ])('slice(%d, %d) selects the same rows as Array.slice', (...range) => {
    const m = matrix();
    const part = m.slice(...range);
    expect(part.toArray()).toEqual(m.toArray().slice(...range));
    expect(part.shape).toEqual([part.length, 2]);
    expect(part.data.buffer).not.toBe(m.data.buffer);
  });
});
