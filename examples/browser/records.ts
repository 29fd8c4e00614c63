import { gzipSync } from 'node:zlib';

/** Bytes an image. */
export const PIXELS = 784;

export interface Labelled {
  readonly label: number;
  readonly image: Uint8Array;
}

/** A byte for the label and 784 for the image, one after the other, so that a page can begin early. */
export function packRecords(records: readonly Labelled[]): Buffer {
  const bytes = new Uint8Array(records.length * (1 + PIXELS));
  records.forEach(({ label, image }, i) => {
    bytes[i * (1 + PIXELS)] = label;
    bytes.set(image, i * (1 + PIXELS) + 1);
  });
  return gzipSync(bytes, { level: 9 });
}
