// The data that tests give to models, and comparisons of models. Everything is made from a seed with 32-bit
// integer arithmetic, so that every engine tests the same numbers.

import type { Autoencoder } from '../../src/index.js';

/** Numbers in [0, 1), multiples of 2^-24: the upper bits of Numerical Recipes' generator. */
export function generator(seed: number): () => number {
  let x = seed >>> 0;
  return () => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    return (x >>> 8) / 2 ** 24;
  };
}

/** (rows, width) numbers without structure, in [0, 1). */
export function uniform(rows: number, width: number, seed: number): Float32Array<ArrayBuffer> {
  return new Float32Array(rows * width).map(generator(seed));
}

/** (rows, width) numbers in [0.1, 0.9] that are fully determined by `factors` hidden numbers per row. */
export function factored(
  rows: number,
  width: number,
  factors: number,
  seed: number,
): Float32Array<ArrayBuffer> {
  const random = generator(seed);
  const directions = Float64Array.from({ length: factors * width }, () => 2 * random() - 1);
  const x = new Float32Array(rows * width);
  for (let i = 0; i < rows; i++) {
    const hidden = Float64Array.from({ length: factors }, () => 2 * random() - 1);
    for (let j = 0; j < width; j++) {
      const sum = hidden.reduce((s, h, f) => s + h * (directions[f * width + j] as number), 0);
      x[i * width + j] = 0.5 + (0.4 * sum) / factors;
    }
  }
  return x;
}

/** (rows, width) bytes, of which about the fraction `density` is not zero. */
export function pixels(
  rows: number,
  width: number,
  density: number,
  seed: number,
): Uint8Array<ArrayBuffer> {
  const random = generator(seed);
  return new Uint8Array(rows * width).map(() => {
    const value = 1 + Math.floor(random() * 255);
    return random() < density ? value : 0;
  });
}

/** The values that bytes stand for: value / 255, in float32. */
export function asFloats(bytes: ArrayLike<number>): Float32Array<ArrayBuffer> {
  return Float32Array.from(bytes, (value) => value / 255);
}

/** The rows of flat data, as views. */
export function rowsOf<T extends Float32Array | Uint8Array>(flat: T, width: number): T[] {
  return Array.from(
    { length: flat.length / width },
    (_, i) => flat.subarray(i * width, (i + 1) * width) as T,
  );
}

/** The bits of float32 numbers: unlike the numbers, they tell 0 from -0 and can compare NaN. */
export function bits(numbers: Float32Array): Uint32Array {
  return new Uint32Array(numbers.slice().buffer);
}

/** A fingerprint of the bits of numbers: FNV-1a over their words, two lanes of 32 bits. */
export function hash(...arrays: Float32Array[]): string {
  let low = 0x811c9dc5;
  let high = 0x01234567;
  for (const data of arrays) {
    for (const word of bits(data)) {
      low = Math.imul(low ^ word, 0x01000193);
      high = Math.imul(high ^ word ^ (low >>> 15), 0x85ebca6b);
    }
  }
  return [high, low].map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('');
}

/** SHA-256, in hexadecimal: for bytes that must stay the same for years. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A fingerprint of the bits of every parameter. */
export function fingerprint(model: Autoencoder): string {
  return hash(...Object.values(model.parameters).map(({ data }) => data));
}
