import type { Autoencoder, Matrix } from 'autoencoder-wasm';
import type { Pictures } from './data.js';

/** What the panels show: a model as it is after an epoch, and how its codes lie. */
export interface View {
  readonly model: Autoencoder;
  /** Numbers a code has. */
  readonly width: number;
  /** How far each number of the code strays over pictures: its standard deviation. */
  readonly deviations: Float32Array;
  /** The codes of the first pictures that training never sees. */
  readonly codes: Matrix;
  /** The largest number in them, sign aside: what bars are drawn against. */
  readonly largest: number;
}

/** A part of the page that shows a model, and shows it again after every epoch. */
export interface Panel {
  show(view: View): void;
}

/** Pictures that the statistics are taken from: a millisecond of work. */
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
