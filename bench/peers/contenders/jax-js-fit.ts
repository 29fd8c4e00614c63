// jax-js trains the paper's network on its WebAssembly backend, with the whole step under one jit. In Node
// it runs on one thread: its workers need a global Worker, which only browsers have.

import { defaultDevice, init, jit, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax';
import type { FitJob } from '../jobs.js';
import { timeEpochs } from './epochs.js';
import { initial } from './initial.js';
import { answer, readJob } from './job.js';

type Parameters = { w1: np.Array; b1: np.Array; w2: np.Array; b2: np.Array };
type State = { p: Parameters; m: Parameters; v: Parameters };

const job = readJob<FitJob>();
const [wide, narrow] = job.layers as [number, number];
const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];
await init('wasm');
defaultDevice('wasm');

function loss({ w1, b1, w2, b2 }: Parameters, x: np.Array): np.Array {
  const code = nn.relu(np.matmul(x.ref, w1).add(b1));
  const y = nn.relu(np.matmul(code, w2).add(b2));
  return np.square(y.sub(x)).mean();
}

/** Adam; `rate` is lr / (1 - beta1^t) and `scale` 1 / sqrt(1 - beta2^t). */
const step = jit(({ p, m, v }: State, x: np.Array, rate: np.Array, scale: np.Array) => {
  const [value, gradients] = valueAndGrad(loss)(tree.ref(p), x) as [np.Array, Parameters];
  const next: State = { p: { ...p }, m: { ...m }, v: { ...v } };
  for (const key of ['w1', 'b1', 'w2', 'b2'] as const) {
    const gradient = gradients[key].add(p[key].ref.mul(job.weightDecay));
    next.m[key] = m[key].mul(beta1).add(gradient.ref.mul(1 - beta1));
    next.v[key] = v[key].mul(beta2).add(np.square(gradient).mul(1 - beta2));
    const divisor = np.sqrt(next.v[key].ref).mul(scale.ref).add(epsilon);
    next.p[key] = p[key].sub(next.m[key].ref.mul(rate.ref).div(divisor));
  }
  rate.dispose();
  scale.dispose();
  return [next, value] as [State, np.Array];
});

const zeros = (): Parameters => ({
  w1: np.zeros([wide, narrow]),
  b1: np.zeros([narrow]),
  w2: np.zeros([narrow, wide]),
  b2: np.zeros([wide]),
});
let state: State = {
  p: {
    w1: np.array(initial(wide * narrow, wide)).reshape([wide, narrow]),
    b1: np.array(initial(narrow, wide)),
    w2: np.array(initial(narrow * wide, narrow)).reshape([narrow, wide]),
    b2: np.array(initial(wide, narrow)),
  },
  m: zeros(),
  v: zeros(),
};
let t = 0;

answer(
  await timeEpochs(job, async (batch, wantsLoss) => {
    t++;
    const rate = np.array(job.learningRate / (1 - beta1 ** t));
    const scale = np.array(1 / Math.sqrt(1 - beta2 ** t));
    const x = np.array(batch).reshape([batch.length / wide, wide]);
    const [next, value] = step(state, x, rate, scale) as [State, np.Array];
    state = next;
    if (wantsLoss) return (await value.data())[0];
    value.dispose();
    return undefined;
  }),
);
