import { gzipSync } from 'node:zlib';
import { FIRST } from './src/sets.js';

/** Bytes per image. */
export const PIXELS = 784;

export interface Labelled {
  readonly label: number;
  readonly image: Uint8Array;
}

/** Two files: what the page needs to begin, and the rest, which it loads after that. */
export interface Packed {
  readonly first: Buffer;
  readonly rest: Buffer;
}

/**
 * Packs pictures into two files. Training never sees the first `unseen` pictures. Each file has its share
 * of them, followed by its share of the training pictures.
 */
export function packSet(records: readonly Labelled[], unseen: number): Packed {
  const [kept, training] = [records.slice(0, unseen), records.slice(unseen)];
  return {
    first: packRecords([...kept.slice(0, FIRST.unseen), ...training.slice(0, FIRST.training)]),
    rest: packRecords([...kept.slice(FIRST.unseen), ...training.slice(FIRST.training)]),
  };
}

/** Packs each picture as one byte for the label and 784 for the image. */
function packRecords(records: readonly Labelled[]): Buffer {
  const bytes = new Uint8Array(records.length * (1 + PIXELS));
  records.forEach(({ label, image }, i) => {
    bytes[i * (1 + PIXELS)] = label;
    bytes.set(image, i * (1 + PIXELS) + 1);
  });
  return gzipSync(bytes, { level: 9 });
}
