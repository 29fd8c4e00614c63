// Draws the architecture: a bar for each layer, as high as it is wide in units, and the weights between the
// bars.

import type { Layer } from '../../../dist/model/network.js';
import { drawing, text, WIDTH } from './svg.js';
import { dataUrl, picture, type Tile } from './tiles.js';

const TOP = 34;
const TALLEST = 190;
/** The least height, so that a layer with few units is still visible. */
const SHORTEST = 6;
const BAR = 12;
/** Space on either side for a picture, its arrow and half of a label. */
const SIDE = 92;
const PICTURE = 56;

export const ACTIVATION_NAMES: Record<Layer['activation'], string> = {
  relu: 'ReLU',
  leakyRelu: 'leaky ReLU',
  elu: 'ELU',
  tanh: 'tanh',
  sigmoid: 'sigmoid',
  softplus: 'softplus',
  silu: 'SiLU',
  gelu: 'GELU',
  linear: 'linear',
};

/** With a digit on the left and its reconstruction on the right. */
export function hourglass(
  layers: readonly Layer[],
  example: { before: Tile; after: Tile },
): string {
  const widths = [(layers[0] as Layer).inputs, ...layers.map(({ outputs }) => outputs)];
  const widest = Math.max(...widths);
  const middle = TOP + TALLEST / 2;
  const step = (WIDTH - 2 * SIDE) / layers.length;
  const x = (i: number) => SIDE + i * step;
  const half = (i: number) => Math.max(SHORTEST, (TALLEST * (widths[i] as number)) / widest) / 2;
  // There is a label at every step, so the font must be small enough that they do not overlap.
  const size = Math.min(13, step / 5.2);

  const weights = layers.map(({ name, inputs, outputs }, i) => {
    const [left, right] = [x(i) + BAR / 2, x(i + 1) - BAR / 2];
    const corners = [
      [left, middle - half(i)],
      [right, middle - half(i + 1)],
      [right, middle + half(i + 1)],
      [left, middle + half(i)],
    ];
    const centre = (left + right) / 2;
    const shape = `<polygon points="${corners.map((corner) => corner.map((c) => c.toFixed(1))).join(' ')}" fill="var(--fill)" stroke="var(--line)"/>`;
    const count = ((inputs + 1) * outputs).toLocaleString('en');
    const label = step > 130 ? `${count} parameters` : count;
    return (
      shape +
      text(centre, 18, name, { 'text-anchor': 'middle', 'font-size': size, class: 'soft' }) +
      text(centre, middle + size / 3, label, { 'text-anchor': 'middle', 'font-size': size })
    );
  });

  const bottom = TOP + TALLEST + 22;
  const units = widths.map((width, i) => {
    const isCode = i === layers.length / 2;
    const colour = isCode ? 'var(--orange)' : 'var(--blue)';
    const activation = layers[i - 1]?.activation;
    const below = activation ? ACTIVATION_NAMES[activation] : 'pixels';
    const centred = { 'text-anchor': 'middle' };
    return (
      `<rect x="${(x(i) - BAR / 2).toFixed(1)}" y="${(middle - half(i)).toFixed(1)}" width="${BAR}" height="${(2 * half(i)).toFixed(1)}" rx="2" fill="${colour}"/>` +
      text(x(i), bottom, width.toLocaleString('en'), { ...centred, 'font-weight': 600 }) +
      text(x(i), bottom + 17, isCode ? `code, ${below}` : below, {
        ...centred,
        'font-size': size,
        class: 'soft',
      })
    );
  });

  const image = (left: number, tile: Tile) =>
    `<image x="${left}" y="${middle - PICTURE / 2}" width="${PICTURE}" height="${PICTURE}" href="${dataUrl(picture([tile], 1).png)}"/>`;
  const arrow = (from: number) =>
    `<path d="M${from} ${middle}h14m-5 -4l5 4l-5 4" fill="none" stroke="currentColor"/>`;
  return drawing(
    bottom + 26,
    [
      ...weights,
      ...units,
      image(2, example.before),
      arrow(PICTURE + 8),
      arrow(WIDTH - PICTURE - 22),
      image(WIDTH - PICTURE - 2, example.after),
    ].join('\n'),
  );
}
