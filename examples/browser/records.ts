import { gzipSync } from 'node:zlib';
import { FIRST } from './src/sets.js';

/** Bytes an image. */
export const PIXELS = 784;

export interface Labelled {
  readonly label: number;
  readonly image: Uint8Array;
}

/** Two files: what the page begins with, and what it asks for once it has begun. */
export interface Packed {
  readonly first: Buffer;
  readonly rest: Buffer;
}

/**
 * The first `unseen` of the pictures are those that training never sees. Each file has its share of
 * them and then its share of those to train on.
 */
export function packSet(records: readonly Labelled[], unseen: number): Packed {
  const [kept, training] = [records.slice(0, unseen), records.slice(unseen)];
  return {
    first: packRecords([...kept.slice(0, FIRST.unseen), ...training.slice(0, FIRST.training)]),
    rest: packRecords([...kept.slice(FIRST.unseen), ...training.slice(FIRST.training)]),
  };
}

/** A byte for the label and 784 for the image, one after the other. */
function packRecords(records: readonly Labelled[]): Buffer {
  const bytes = new Uint8Array(records.length * (1 + PIXELS));
  records.forEach(({ label, image }, i) => {
    bytes[i * (1 + PIXELS)] = label;
    bytes.set(image, i * (1 + PIXELS) + 1);
  });
  return gzipSync(bytes, { level: 9 });
}
