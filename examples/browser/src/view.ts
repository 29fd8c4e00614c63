import type { Autoencoder, Matrix } from 'autoencoder-wasm';
import type { Pictures } from './data.js';

/** What the panels show: a model after some epoch, and statistics of its codes. */
export interface View {
  readonly model: Autoencoder;
  /** The width of the code. */
  readonly width: number;
  /** The standard deviation of each number of the code over pictures. */
  readonly deviations: Float32Array;
  /** The codes of the first pictures that training never sees. */
  readonly codes: Matrix;
  /** The largest absolute value in them, which scales the bars. */
  readonly largest: number;
}

/** A part of the page that shows a model, and is updated after every epoch. */
export interface Panel {
  show(view: View): void;
}

/** The number of pictures for the statistics: about a millisecond of work. */
const SAMPLE = 200;

export function viewOf(model: Autoencoder, unseen: Pictures): View {
  const codes = model.encodeSync(unseen.slice(0, SAMPLE).images);
  const { data, shape } = codes;
  const [rows, width] = shape;
  const means = new Float32Array(width);
  data.forEach((value, i) => {
    means[i % width] = (means[i % width] as number) + value / rows;
  });
  const variances = new Float32Array(width);
  data.forEach((value, i) => {
    const off = value - (means[i % width] as number);
    variances[i % width] = (variances[i % width] as number) + (off * off) / rows;
  });
  const largest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
  return { model, width, deviations: variances.map(Math.sqrt), codes, largest };
}
