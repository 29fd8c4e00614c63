import { describe, expect, test } from 'vitest';
import { Axis } from '../../../examples/browser/src/axis.js';
import { apart } from '../../../examples/browser/src/labels.js';

describe('an axis of the map of codes', () => {
  const values = Float32Array.from({ length: 201 }, (_, i) => Math.sin(i) * i);

  test('converts a value to a position and back', () => {
    const axis = new Axis(values.slice());
    for (const value of values) {
      // Places are discrete: the result may be the value before or after a step.
      const found = axis.value(axis.place(value));
      expect(Math.abs(axis.place(found) - axis.place(value))).toBeLessThan(1.5 / 200);
    }
  });

  test('grows from -1 to 1', () => {
    const axis = new Axis(values.slice());
    const places = [...values].sort((a, b) => a - b).map((value) => axis.place(value));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places[0]).toBeGreaterThan(-1);
    expect(places.at(-1)).toBeLessThanOrEqual(1);
  });
});

test('labels in the same place are moved apart, within the frame', () => {
  const frame: [number, number] = [300, 200];
  const boxes = [1, 2, 3, 4].map((n) => ({ x: 150 + n, y: 100, width: 30, height: 24 }));
  const moved = apart([...boxes, { x: 0, y: 0, width: 30, height: 24 }], frame);
  moved.forEach((a, i) => {
    expect(a.x - a.width / 2).toBeGreaterThanOrEqual(0);
    expect(a.y - a.height / 2).toBeGreaterThanOrEqual(0);
    for (const b of moved.slice(i + 1)) {
      const across = (a.width + b.width) / 2 - Math.abs(a.x - b.x);
      const down = (a.height + b.height) / 2 - Math.abs(a.y - b.y);
      expect(Math.min(across, down)).toBeLessThanOrEqual(0);
    }
  });
});
