// Counts ReLU units that were 0 for all rows of an epoch, from the flags that training sets.

import { ACTIVATIONS } from '../model/activations.js';
import type { EpochRecord } from '../model/history.js';
import type { Layer } from '../model/network.js';

/** The number of units of each ReLU layer that are not marked as alive; undefined for other layers. */
export function countDead(layers: readonly Layer[], alive: Uint32Array): (number | undefined)[] {
  let from = 0;
  return layers.map(({ outputs, activation }) => {
    const marks = alive.subarray(from, from + outputs);
    from += outputs;
    if (!ACTIVATIONS[activation].hasZeros) return undefined;
    return marks.reduce((sum, mark) => sum + Number(mark === 0), 0);
  });
}

/** The same for all hidden layers together, and for the last layer; undefined if no layer is a ReLU layer. */
export function deadUnits(dead: readonly (number | undefined)[]): EpochRecord['deadUnits'] {
  if (dead.every((count) => count === undefined)) return undefined;
  const hidden = dead.slice(0, -1).reduce<number>((sum, count) => sum + (count ?? 0), 0);
  return { hidden, output: dead.at(-1) ?? 0 };
}
