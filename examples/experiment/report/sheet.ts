// Draws strips of pictures under headings, as one drawing.

import { drawing, text, WIDTH } from './svg.js';
import { dataUrl, type Ink, picture, type Tile } from './tiles.js';

export interface Strip {
  heading: string;
  /** A text at the right end of the heading's line. */
  note?: string;
  tiles: readonly Tile[];
  /** The number of tiles per row. */
  columns: number;
  ink?: Ink;
  /** The captions below the tiles, if there is one row. */
  captions?: readonly string[];
}

/** Printers and PDF viewers smooth pictures; with this many dots per pixel they stay sharp. */
const DETAIL = 3;

export function sheet(strips: readonly Strip[]): string {
  let y = 0;
  const parts = strips.map(({ heading, note = '', tiles, columns, ink, captions = [] }, i) => {
    const { png, width, height } = picture(tiles, columns, ink, DETAIL);
    // Strips with fewer tiles than columns have tiles of the same size as the others.
    const scale = WIDTH / (columns * 30 - 2);
    const [w, h] = [(width / DETAIL) * scale, (height / DETAIL) * scale];
    y += i === 0 ? 14 : 30;
    const headings =
      text(0, y, heading, { 'font-weight': 600 }) +
      text(WIDTH, y, note, { 'text-anchor': 'end', class: 'soft' });
    y += 8;
    const image = `<image x="0" y="${y.toFixed(1)}" width="${w.toFixed(1)}" height="${h.toFixed(1)}" href="${dataUrl(png)}"/>`;
    y += h;
    const size = Math.min(13, 2.4 * columns ** -1 * 52);
    const below = captions.map((caption, column) =>
      text((column * 30 + 14) * scale, y + size + 2, caption, {
        'text-anchor': 'middle',
        'font-size': size,
        class: 'soft',
      }),
    );
    if (captions.length) y += size + 4;
    return headings + image + below.join('');
  });
  return drawing(Math.ceil(y + 4), parts.join('\n'));
}
