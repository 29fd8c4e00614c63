// Shows which output units are dead, pixel by pixel, with one square per configuration.

import { drawing, text, WIDTH } from './svg.js';

const SIDE = 28;
const GAP = 24;
const TOP = 26;

/** The kinds of pixels and their colours, from the most frequent kind to the rarest. */
const KINDS = [
  { name: 'alive', fill: 'var(--fill)' },
  { name: 'dead, and always blank', fill: 'var(--grey)' },
  { name: 'dead, though it gets ink', fill: 'var(--orange)' },
] as const;

export interface DeadMap {
  heading: string;
  /** One value per pixel. */
  dead: boolean[];
}

/** `inked` tells which pixels have ink in some training image. */
export function deadUnitMaps(maps: readonly DeadMap[], inked: boolean[]): string {
  const size = Math.min(248, (WIDTH - GAP * (maps.length - 1)) / maps.length);
  const cell = size / SIDE;
  const squares = maps.map(({ heading, dead }, n) => {
    const left = n * (size + GAP);
    const cells = dead.map((isDead, pixel) => {
      const kind = KINDS[isDead ? (inked[pixel] ? 2 : 1) : 0];
      const x = left + (pixel % SIDE) * cell;
      const y = TOP + Math.floor(pixel / SIDE) * cell;
      const [w, h] = [cell - 0.6, cell - 0.6].map((length) => length.toFixed(2));
      return `<rect x="${x.toFixed(2)}" y="${y.toFixed(2)}" width="${w}" height="${h}" fill="${kind?.fill}"/>`;
    });
    const count = dead.filter(Boolean).length;
    const note = count ? `${count} dead` : 'none is dead';
    return (
      text(left, 14, heading, { 'font-weight': 600 }) +
      text(left + size, 14, note, { 'text-anchor': 'end', class: 'soft' }) +
      cells.join('')
    );
  });
  const bottom = TOP + size + 24;
  let x = 0;
  const legend = KINDS.map(({ name, fill }) => {
    const mark = `<circle cx="${x + 6}" cy="${bottom - 4.5}" r="6" fill="${fill}" stroke="var(--line)"/>`;
    const label = text(x + 18, bottom, name);
    x += 40 + 6.8 * name.length;
    return mark + label;
  });
  return drawing(Math.ceil(bottom + 8), squares.join('') + legend.join(''));
}
