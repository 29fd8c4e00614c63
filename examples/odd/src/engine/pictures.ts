// Turns pictures into rows: thumbnails of the same small size, with one column per value of a pixel.

import type { Picture } from './calls.js';
import { InputError, type Table } from './table.js';

/** The side of a thumbnail in pixels. */
const SIDE = 16;
/** More pictures than this would take too long in a page. */
const MOST_PICTURES = 20_000;
/** A picture is in colour if its channels differ by more than this, out of 255. */
const COLOURED = 24;

export async function readPictures(
  pictures: readonly Picture[],
  signal: AbortSignal,
  onShare: (share: number) => void,
): Promise<Table> {
  const chosen = pictures.slice(0, MOST_PICTURES);
  const canvas = new OffscreenCanvas(SIDE, SIDE);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new InputError('This browser cannot draw in a worker. Try a newer one.');
  const [read, names, broken] = [[] as Uint8ClampedArray[], [] as string[], [] as string[]];
  let coloured = 0;
  for (const [i, { name, file }] of chosen.entries()) {
    signal.throwIfAborted();
    try {
      const options = { resizeWidth: SIDE, resizeHeight: SIDE, resizeQuality: 'medium' } as const;
      const bitmap = await createImageBitmap(file, options);
      context.fillStyle = '#fff'; // the background of transparent pixels
      context.fillRect(0, 0, SIDE, SIDE);
      context.drawImage(bitmap, 0, 0);
      bitmap.close();
      const { data } = context.getImageData(0, 0, SIDE, SIDE);
      read.push(data);
      names.push(name);
      coloured += Number(hasColour(data));
    } catch {
      broken.push(name);
    }
    if (i % 16 === 0) onShare(i / chosen.length);
  }
  if (read.length < 10) {
    throw new InputError(
      `${read.length} of these ${pictures.length} files could be read as pictures, but at least 10 are needed to learn what is usual. Choose a folder of PNG, JPEG, WebP or GIF files.`,
    );
  }
  const depth = coloured > read.length / 10 ? 3 : 1;
  const width = SIDE * SIDE * depth;
  const bytes = new Uint8Array(read.length * width);
  for (const [i, data] of read.entries()) {
    for (let p = 0; p < SIDE * SIDE; p++) {
      const [r, g, b] = data.subarray(4 * p, 4 * p + 3) as unknown as [number, number, number];
      const at = i * width + p * depth;
      if (depth === 3) bytes.set([r, g, b], at);
      else bytes[at] = Math.round(0.299 * r + 0.587 * g + 0.114 * b);
    }
  }
  const table = tableOfPixels('pictures', bytes, SIDE, depth, names);
  if (broken.length > 0) {
    table.notes.push(
      `${broken.length} file${broken.length === 1 ? '' : 's'} could not be read as a picture and ${broken.length === 1 ? 'is' : 'are'} left out: ${broken.slice(0, 3).join(', ')}${broken.length > 3 ? ', …' : ''}.`,
    );
  }
  if (chosen.length < pictures.length) {
    table.notes.push(`These are the first ${MOST_PICTURES.toLocaleString('en')} pictures.`);
  }
  table.notes.push(
    `Each picture is scaled to ${SIDE} × ${SIDE} ${depth === 1 ? 'grey' : 'coloured'} pixels, which are the columns.`,
  );
  return table;
}

function hasColour(data: Uint8ClampedArray): boolean {
  let count = 0;
  for (let i = 0; i < data.length; i += 4) {
    const [r, g, b] = data.subarray(i, i + 3) as unknown as [number, number, number];
    count += Number(Math.max(r, g, b) - Math.min(r, g, b) > COLOURED);
  }
  return count > data.length / 4 / 20;
}

/** Makes a table of bytes, picture after picture; the names come before the pixels. */
export function tableOfPixels(
  name: string,
  bytes: Uint8Array,
  side: number,
  depth: number,
  pictures: readonly string[],
): Table {
  const width = side * side * depth;
  const rows = bytes.length / width;
  const channels = depth === 1 ? [''] : [' red', ' green', ' blue'];
  const names = Array.from({ length: width }, (_, c) => {
    const pixel = Math.floor(c / depth);
    const [y, x] = [Math.floor(pixel / side) + 1, (pixel % side) + 1];
    return `${y},${x}${channels[c % depth]}`;
  });
  const columns = names.map((_, c) =>
    Array.from({ length: rows }, (_, i) => bytes[i * width + c] as number),
  );
  return {
    ...{ name, kind: 'pictures', rows, notes: [] },
    names: ['picture', ...names],
    columns: [[...pictures], ...columns],
    pixels: { bytes, side, depth },
  };
}
