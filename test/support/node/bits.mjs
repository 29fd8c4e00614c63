// Fits a few models with 1, 2 and 3 threads, and prints a hash of each one's weights as JSON: `node
// test/support/node/bits.mjs`, after `npm run build`, in any version of Node. The hashes of a model must be
// the same for all threads and versions.

import { createHash } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

/** Numbers in [0, 1): the upper bits of Numerical Recipes' generator. */
function generator(seed) {
  let x = seed;
  return () => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    return (x >>> 8) / 2 ** 24;
  };
}

const random = generator(1);
const bytes = (count) =>
  new Uint8Array(count).map(() => (random() < 0.19 ? 1 + Math.floor(random() * 255) : 0));
const numbers = (count) => new Float32Array(count).map(random);

/** Each is enough work for three workers; see src/training/training-layout.ts. */
const MODELS = {
  'ReLU on sparse bytes': {
    options: {
      layers: [784, 64],
      activation: 'relu',
      codeActivation: 'relu',
      outputActivation: 'relu',
    },
    x: bytes(1700 * 784),
    fit: { epochs: 3, weightDecay: 1e-5 },
  },
  'leaky ReLU and sigmoid on numbers': {
    options: { layers: [784, 64], codeActivation: 'leakyRelu' },
    x: numbers(1700 * 784),
    fit: { epochs: 3, validationSplit: 0.1 },
  },
  'ELU, deep, bce': {
    options: { layers: [200, 150, 100, 20], activation: 'elu', codeActivation: 'elu' },
    x: numbers(2333 * 200),
    fit: { epochs: 3, batchSize: 256, loss: 'bce' },
  },
  'tanh, overcomplete': {
    options: {
      layers: [60, 300],
      activation: 'tanh',
      codeActivation: 'tanh',
      outputActivation: 'linear',
    },
    x: numbers(2600 * 60),
    fit: { epochs: 6, batchSize: 128, schedule: 'constant' },
  },
};

/** The hashes by model and number of threads. Throws if some threads did not run. */
export async function hashes(Autoencoder) {
  const all = {};
  for (const [name, { options, x, fit }] of Object.entries(MODELS)) {
    all[name] = {};
    for (const threads of [1, 2, 3]) {
      const ae = new Autoencoder({ ...options, seed: 0, threads });
      const workers = await workersOf(() => ae.fit(x, fit));
      if (workers !== threads) throw new Error(`${workers} workers ran, expected ${threads}`);
      const hash = createHash('sha256');
      for (const { data } of Object.values(ae.parameters)) hash.update(data);
      all[name][threads] = hash.digest('hex').slice(0, 16);
    }
  }
  return all;
}

/** How many workers are sent a job during `work`. */
async function workersOf(work) {
  const { postMessage } = Worker.prototype;
  const workers = new Set();
  Worker.prototype.postMessage = function (message) {
    if (message.name === 'train') workers.add(this);
    postMessage.call(this, message);
  };
  try {
    await work();
  } finally {
    Worker.prototype.postMessage = postMessage;
  }
  return workers.size;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { Autoencoder } = await import('../../../dist/index.js');
  console.log(JSON.stringify(await hashes(Autoencoder), null, 2));
}
