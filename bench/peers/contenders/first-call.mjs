// Each library's first code of a row, timed from before the library is imported. JavaScript, so that no
// compiler of TypeScript is part of the time.

import { readFileSync } from 'node:fs';

const { library, inputs, codes, data, model } = JSON.parse(process.argv[2]);
const file = readFileSync(data);
const row = new Float32Array(file.buffer.slice(file.byteOffset, file.byteOffset + 4 * inputs));

/** Imports a library and encodes the row: all that a program does until it has its first result. */
const FIRST = {
  async ours() {
    const { Autoencoder } = await import('../../../dist/index.mjs');
    return new Autoencoder({ layers: [inputs, codes], seed: 0, threads: 1 }).encodeSync(row).data;
  },
  async ortNode() {
    const { default: ort } = await import('onnxruntime-node');
    return runOnnx(ort, model);
  },
  async ortWeb() {
    const ort = await import('onnxruntime-web');
    ort.env.wasm.numThreads = 1;
    return runOnnx(ort, readFileSync(model));
  },
  /** It cannot read ONNX, so its weights are random. */
  async tfjs() {
    const tf = await import('@tensorflow/tfjs');
    await import('@tensorflow/tfjs-backend-wasm');
    await tf.setBackend('wasm');
    const weights = tf.randomNormal([inputs, codes], 0, inputs ** -0.5);
    return tf.matMul(tf.tensor2d(row, [1, inputs]), weights).data();
  },
};

async function runOnnx({ InferenceSession, Tensor }, source) {
  const session = await InferenceSession.create(source);
  const { output } = await session.run({ input: new Tensor('float32', row, [1, inputs]) });
  return output.data;
}

const start = performance.now();
const code = await FIRST[library]();
const seconds = (performance.now() - start) / 1000;
const check = code.reduce((sum, value) => sum + Math.abs(value), 0) / code.length;
process.stdout.write(`${JSON.stringify({ samplesPerSecond: 1 / seconds, check })}\n`);
process.exit(0); // worker threads of some libraries would keep the process alive
