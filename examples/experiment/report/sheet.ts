// Strips of pictures under headings, as one drawing.

import { drawing, text, WIDTH } from './svg.js';
import { dataUrl, type Ink, picture, type Tile } from './tiles.js';

export interface Strip {
  heading: string;
  /** At the right end of the heading's line. */
  note?: string;
  tiles: readonly Tile[];
  /** How many of the tiles stand side by side. */
  columns: number;
  ink?: Ink;
  /** What stands below each tile, of one row. */
  captions?: readonly string[];
}

/** Printers and PDF viewers smooth a picture; with so many dots a pixel it stays sharp. */
const DETAIL = 3;

export function sheet(strips: readonly Strip[]): string {
  let y = 0;
  const parts = strips.map(({ heading, note = '', tiles, columns, ink, captions = [] }, i) => {
    const { png, width, height } = picture(tiles, columns, ink, DETAIL);
    // Strips with fewer tiles than columns keep the size of the others' tiles.
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
