// TensorFlow.js trains the paper's network on its WebAssembly backend, with SIMD and, in Node, on one
// thread.

import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import type { FitJob } from '../jobs.js';
import { timeEpochs } from './epochs.js';
import { initial } from './initial.js';
import { answer, readJob } from './job.js';

const job = readJob<FitJob>();
const [wide, narrow] = job.layers as [number, number];
if (!(await tf.setBackend('wasm'))) throw new Error('the wasm backend did not start');

const weights = {
  w1: tf.variable(tf.tensor2d(initial(wide * narrow, wide), [wide, narrow])),
  b1: tf.variable(tf.tensor1d(initial(narrow, wide))),
  w2: tf.variable(tf.tensor2d(initial(narrow * wide, narrow), [narrow, wide])),
  b2: tf.variable(tf.tensor1d(initial(wide, narrow))),
};
const adam = tf.train.adam(job.learningRate);

function loss(x: tf.Tensor2D): tf.Scalar {
  const { w1, b1, w2, b2 } = weights;
  const code = tf.relu(tf.add(tf.matMul(x, w1), b1));
  const y = tf.relu(tf.add(tf.matMul(code, w2), b2));
  return tf.losses.meanSquaredError(x, y);
}

answer(
  await timeEpochs(job, async (batch, wantsLoss) =>
    tf.tidy(() => {
      const x = tf.tensor2d(batch, [batch.length / wide, wide]);
      const { value, grads } = tf.variableGrads(() => loss(x));
      const decayed = Object.values(weights).map((weight) => {
        const gradient = grads[weight.name] as tf.Tensor;
        return { name: weight.name, tensor: tf.add(gradient, tf.mul(weight, job.weightDecay)) };
      });
      adam.applyGradients(decayed);
      return wantsLoss ? value.dataSync()[0] : undefined;
    }),
  ),
);
