// TensorFlow.js on its WebAssembly backend, with SIMD and, in Node, on one thread: a network with ReLU in
// both layers, and its training step.

import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import type { FitJob } from '../jobs.js';
import type { Step } from './epochs.js';
import { initial } from './initial.js';

/** Starts the backend. */
export async function startBackend(): Promise<void> {
  if (!(await tf.setBackend('wasm'))) throw new Error('the wasm backend did not start');
}

/** The training step of a new network. */
export function newNetwork(job: FitJob): { step: Step; dispose(): void } {
  const [wide, narrow] = job.layers as [number, number];
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

  return {
    step: async (batch, wantsLoss) =>
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
    dispose() {
      tf.dispose(Object.values(weights));
      adam.dispose();
    },
  };
}
