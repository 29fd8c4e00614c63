// Writes the files that the contenders read to a temporary folder, which they share.

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toOnnx } from '../../dist/onnx.js';
import { fullMnist } from '../../examples/experiment/mnist.js';
import { encoder } from './encoder.js';
import { CATEGORIES, EMBEDDINGS, type Files } from './work.js';

const ROWS = 10_000;
const WIDTH = 784;

export function prepareFiles(): { folder: string; files: Files } {
  const folder = mkdtempSync(join(tmpdir(), 'autoencoder-peers-'));
  const write = (name: string, data: Uint8Array | Float32Array) => {
    const path = join(folder, name);
    writeFileSync(path, data);
    return path;
  };
  const { train, test } = fullMnist();
  const noise = Float32Array.from({ length: ROWS * WIDTH }, () => 1 - Math.random());
  // Each value depends on a hidden state of its row, in its own way, and on chance.
  const { rows, categories, values } = CATEGORIES;
  const states = Float64Array.from({ length: rows }, Math.random);
  const table = Uint8Array.from({ length: rows * categories }, (_, i) => {
    const state = (states[Math.floor(i / categories)] as number) * (1 + (i % 5));
    return Math.floor(((state + 0.2 * Math.random()) % 1) * values);
  });
  return {
    folder,
    files: {
      images: write('images.u8', train),
      testImages: write('test.u8', test),
      embeddings: Object.fromEntries(
        Object.keys(EMBEDDINGS.networks).map((width) => [
          width,
          write(`embeddings-${width}.f32`, embeddings(Number(width))),
        ]),
      ),
      digits: write(
        'digits.f32',
        Float32Array.from(test, (v) => v / 255),
      ),
      noise: write('noise.f32', noise),
      categories: write('categories.u8', table),
      model: write('encoder.onnx', toOnnx(encoder([WIDTH, 64], 1), { part: 'encoder' })),
    },
  };
}

/**
 * Dense rows like a language model's embeddings: each is a mixture of 96 random directions plus noise.
 * Every column has a mean near 0 and a variance near 1.
 */
function embeddings(width: number): Float32Array {
  const { rows } = EMBEDDINGS;
  const hidden = 96;
  const random = () => (Math.random() - 0.5) * Math.sqrt(12);
  const directions = Float32Array.from({ length: hidden * width }, random);
  const x = new Float32Array(rows * width);
  const share = Math.sqrt(0.9 / hidden);
  for (let r = 0; r < rows; r++) {
    const row = x.subarray(r * width, (r + 1) * width);
    for (let i = 0; i < width; i++) row[i] = Math.sqrt(0.1) * random();
    for (let h = 0; h < hidden; h++) {
      const factor = share * random();
      const direction = directions.subarray(h * width, (h + 1) * width);
      for (let i = 0; i < width; i++)
        row[i] = (row[i] as number) + factor * (direction[i] as number);
    }
  }
  return x;
}
