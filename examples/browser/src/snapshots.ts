import { Autoencoder } from 'autoencoder-wasm';

/** The memory for snapshots in bytes: enough for 150 epochs of 784-64. */
const BUDGET = 64 * 2 ** 20;

interface Snapshot {
  readonly epoch: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Snapshots of the model after each epoch, or in a long run after every second, fourth, ... epoch. */
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

  /** The last snapshot up to this epoch: its epoch, and its model. */
  at(epoch: number): { epoch: number; model: Autoencoder } | undefined {
    const found = this.#taken.findLast((one) => one.epoch <= epoch);
    if (!found) return undefined;
    return { epoch: found.epoch, model: Autoencoder.load(found.bytes, { threads: 1 }) };
  }
}
