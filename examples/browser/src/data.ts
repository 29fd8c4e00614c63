// The digits that the page learns from, as examples/browser/digits.ts packed them.

import { breathe } from './dom.js';
import { PIXELS } from './pixels.js';

/** Digits that training never sees: to validate on, and to show. */
const UNSEEN = 1000;

export class Digits {
  readonly labels: Uint8Array;
  readonly images: Uint8Array;

  constructor(labels: Uint8Array, images: Uint8Array) {
    this.labels = labels;
    this.images = images;
  }

  get count(): number {
    return this.labels.length;
  }

  label(i: number): number {
    return this.labels[i] as number;
  }

  /** Image `i` as bytes, a view. */
  image(i: number): Uint8Array {
    return this.images.subarray(i * PIXELS, (i + 1) * PIXELS);
  }

  /** The next of these digits after number `i` that shows `label`, or any if that is undefined. */
  next(i: number, label?: number): number {
    for (let step = 1; step <= this.count; step++) {
      const at = (i + step) % this.count;
      if (label === undefined || this.labels[at] === label) return at;
    }
    return i;
  }

  slice(from: number, to: number): Digits {
    return new Digits(
      this.labels.subarray(from, to),
      this.images.subarray(from * PIXELS, to * PIXELS),
    );
  }
}

/** What to train on, `rows` digits at the most, and what the training never sees. */
export async function loadDigits(rows: number): Promise<{ training: Digits; unseen: Digits }> {
  const response = await fetch('digits.bin');
  if (!response.ok) throw new Error(`digits.bin: HTTP ${response.status}`);
  const bytes = await unpack(new Uint8Array(await response.arrayBuffer()));
  const count = bytes.length / (1 + PIXELS);
  const all = new Digits(bytes.subarray(0, count), bytes.subarray(count));
  return { training: all.slice(UNSEEN, UNSEEN + rows), unseen: all.slice(0, UNSEEN) };
}

/** Bytes handed over at a time: browsers unpack them on the calling thread, a millisecond or two. */
const CHUNK = 64 * 1024;

async function unpack(packed: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new DecompressionStream('gzip');
  const whole = new Response(stream.readable).arrayBuffer();
  const writer = stream.writable.getWriter();
  for (let at = 0; at < packed.length; at += CHUNK) {
    await writer.write(packed.subarray(at, at + CHUNK));
    await breathe();
  }
  await writer.close();
  return new Uint8Array(await whole);
}
