// The beginning of programs that tests run in processes of their own, to see threads start and end.

/** Rows and a model that are worth two workers. */
export const IN_THREADS = `
  import { Worker } from 'node:worker_threads';
  const x = new Uint8Array(1700 * 784).map((_, i) => ((i * 2654435761) >>> 7) % 5 ? 0 : i % 256);
  const create = () =>
    new Autoencoder({ layers: [784, 64], activation: 'relu', codeActivation: 'relu', outputActivation: 'relu', seed: 1, threads: 2 });
  const workers = new Set();
  const { postMessage } = Worker.prototype;
  Worker.prototype.postMessage = function (message) {
    workers.add(this);
    postMessage.call(this, message);
  };`;
