import { Autoencoder } from 'autoencoder-wasm';

/** Memory for them: 150 epochs of 784-64. */
const BUDGET = 64 * 2 ** 20;

interface Snapshot {
  readonly epoch: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A model as it was after each epoch, or after every second, fourth, ... of a long run. */
export class Snapshots {
  #taken: Snapshot[] = [];
  #every = 1;

  take(epoch: number, model: Autoencoder): void {
    if (epoch % this.#every !== 0) return;
    const bytes = model.save({ optimizer: false });
    this.#taken.push({ epoch, bytes });
    if (this.#taken.length * bytes.length <= BUDGET) return;
    this.#every *= 2;
    this.#taken = this.#taken.filter(({ epoch }) => epoch % this.#every === 0);
  }

  /** The last epoch up to this one that is kept, and the model as it was then. */
  at(epoch: number): { epoch: number; model: Autoencoder } | undefined {
    const found = this.#taken.findLast((one) => one.epoch <= epoch);
    if (!found) return undefined;
    return { epoch: found.epoch, model: Autoencoder.load(found.bytes, { threads: 1 }) };
  }
}
