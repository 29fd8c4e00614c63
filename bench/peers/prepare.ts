// What the contenders read, in a temporary folder that they share.

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toOnnx } from '../../dist/onnx.js';
import { fullMnist } from '../../examples/experiment/mnist.js';
import { encoder } from './encoder.js';
import type { Files } from './work.js';

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
  return {
    folder,
    files: {
      images: write('images.u8', train),
      digits: write(
        'digits.f32',
        Float32Array.from(test, (v) => v / 255),
      ),
      noise: write('noise.f32', noise),
      model: write('encoder.onnx', toOnnx(encoder([WIDTH, 64], 1), { part: 'encoder' })),
    },
  };
}
