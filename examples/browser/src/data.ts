// The pictures that the page learns from, as examples/browser/records.ts packed them: they come in
// while the page is in use already.

import { breathe } from './dom.js';
import { PIXELS } from './pixels.js';
import type { PictureSet } from './sets.js';

export class Pictures {
  readonly set: PictureSet;
  readonly labels: Uint8Array;
  readonly images: Uint8Array;

  constructor(set: PictureSet, labels: Uint8Array, images: Uint8Array) {
    this.set = set;
    this.labels = labels;
    this.images = images;
  }

  get count(): number {
    return this.labels.length;
  }

  label(i: number): number {
    return this.labels[i] as number;
  }

  /** What picture `i` shows, as in "a 3". */
  kind(i: number): string {
    return this.set.kinds[this.label(i)] ?? '';
  }

  /** Image `i` as bytes, a view. */
  image(i: number): Uint8Array {
    return this.images.subarray(i * PIXELS, (i + 1) * PIXELS);
  }

  /** The next picture after number `i` that shows `label`, or any if that is undefined. */
  next(i: number, label?: number): number {
    for (let step = 1; step <= this.count; step++) {
      const at = (i + step) % this.count;
      if (label === undefined || this.labels[at] === label) return at;
    }
    return i;
  }

  slice(from: number, to: number): Pictures {
    return new Pictures(
      this.set,
      this.labels.subarray(from, to),
      this.images.subarray(from * PIXELS, to * PIXELS),
    );
  }
}

/** What has come so far, in bytes of the file; `of` is undefined where the host does not say. */
export type OnBytes = (loaded: number, of: number | undefined) => void;

export interface Arriving {
  /** What training never sees. */
  readonly unseen: Pictures;
  /** The first of those to train on, which are enough to begin with. */
  readonly first: Pictures;
  /** All to train on, once they are here; the first of them are `first`. */
  readonly all: Promise<Pictures>;
}

/** How many to begin with: 170 KB of digits, less than a second at 1.6 Mbit/s. */
const FIRST = 1000;

/** Resolves as soon as there is enough to begin with; `rows` is how many to train on at the most. */
export async function loadPictures(
  set: PictureSet,
  rows: number,
  onBytes: OnBytes,
): Promise<Arriving> {
  const wanted = Math.min(set.count, set.unseen + rows);
  const begin = Math.min(wanted, set.unseen + FIRST);
  const all = new Pictures(set, new Uint8Array(wanted), new Uint8Array(wanted * PIXELS));
  const training = (to: number) => all.slice(set.unseen, to);
  const reader = (await unpacked(set.file, onBytes)).getReader();
  const records = new Records(all);
  const until = async (count: number) => {
    while (records.count < count) {
      const { done, value } = await reader.read();
      if (done) throw new Error(`${set.file} ended after ${records.count} of ${count} pictures`);
      records.add(value);
    }
  };
  await until(begin);
  const rest = until(wanted).then(() => {
    reader.cancel().catch(() => {}); // what else the file has
    return training(wanted);
  });
  rest.catch(() => {}); // said where it is awaited
  return { unseen: all.slice(0, set.unseen), first: training(begin), all: rest };
}

/** Takes bytes as they come, and fills pictures in with them: a label, an image, a label, ... */
class Records {
  readonly #into: Pictures;
  #at = 0;

  constructor(into: Pictures) {
    this.#into = into;
  }

  /** Whole pictures so far. */
  get count(): number {
    return Math.floor(this.#at / (1 + PIXELS));
  }

  add(bytes: Uint8Array): void {
    const { labels, images, count } = this.#into;
    const end = count * (1 + PIXELS);
    for (let from = 0; from < bytes.length && this.#at < end; ) {
      const record = this.count;
      const within = this.#at % (1 + PIXELS);
      const take = within === 0 ? 1 : Math.min(1 + PIXELS - within, bytes.length - from);
      if (within === 0) labels[record] = bytes[from] as number;
      else images.set(bytes.subarray(from, from + take), record * PIXELS + within - 1);
      from += take;
      this.#at += take;
    }
  }
}

/** Bytes handed over at a time: browsers unpack them on the calling thread, a millisecond or two. */
const CHUNK = 64 * 1024;

async function unpacked(file: string, onBytes: OnBytes): Promise<ReadableStream<Uint8Array>> {
  const response = await fetch(file);
  if (!response.ok || !response.body) throw new Error(`${file}: HTTP ${response.status}`);
  const length = Number(response.headers.get('Content-Length')) || undefined;
  let loaded = 0;
  const counted = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    async transform(bytes, controller) {
      for (let at = 0; at < bytes.length; at += CHUNK) {
        controller.enqueue(bytes.subarray(at, at + CHUNK));
        await breathe();
      }
      loaded += bytes.length;
      onBytes(loaded, length);
    },
  });
  return response.body.pipeThrough(counted).pipeThrough(new DecompressionStream('gzip'));
}
