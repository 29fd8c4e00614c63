// The network that a table gets where nobody has chosen one.

import type { Place } from './columns.js';

/** Widths of the hidden layer and the code for these columns. */
export function defaultLayers(places: readonly Place[], width: number): number[] {
  const columns = places.length;
  const code = Math.max(1, Math.min(Math.round(columns / 2), 64));
  const hidden = Math.max(code, Math.min(2 * width, 256));
  return [hidden, code];
}
