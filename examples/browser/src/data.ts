// Loads the pictures that the page trains on, as packed by examples/browser/records.ts. A first file has
// enough to begin with; the rest is requested only after the page has begun.

import { breathe } from './dom.js';
import { PIXELS } from './pixels.js';
import { FIRST, type PictureSet } from './sets.js';

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

  /** A name for picture `i`, as in "a 3". */
  kind(i: number): string {
    return this.set.kinds[this.label(i)] ?? '';
  }

  /** Image `i` as bytes, as a view. */
  image(i: number): Uint8Array {
    return this.images.subarray(i * PIXELS, (i + 1) * PIXELS);
  }

  /** The next picture after `i` with this label, or with any label if it is undefined. */
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

/** The bytes of a file that have loaded; `of` is undefined if the host does not send the size. */
export type OnBytes = (loaded: number, of: number | undefined) => void;

/** The pictures to train on, and to validate on. */
export interface Sets {
  readonly training: Pictures;
  /** Pictures that training never sees. */
  readonly unseen: Pictures;
}

export interface Arriving {
  /** The pictures to begin with. */
  readonly first: Sets;
  /** Requests the remaining pictures, and returns all; they begin with those of `first`. */
  rest(onBytes: OnBytes): Promise<Sets>;
}

/** Loads only the first file; `rows` is the largest number of training pictures. */
export async function loadPictures(
  set: PictureSet,
  rows: number,
  onBytes: OnBytes,
): Promise<Arriving> {
  const few = FIRST.unseen;
  const some = Math.min(rows, FIRST.training);
  const begin = await load(set, set.files.first, few + some, onBytes);
  const first = { unseen: begin.slice(0, few), training: begin.slice(few, few + some) };
  return {
    first,
    async rest(onBytes) {
      const others = set.unseen - few;
      const end = await load(set, set.files.rest, others + rows - some, onBytes);
      return {
        unseen: joined(first.unseen, end.slice(0, others)),
        training: joined(first.training, end.slice(others, end.count)),
      };
    },
  };
}

function joined(a: Pictures, b: Pictures): Pictures {
  const both = blank(a.set, a.count + b.count);
  both.labels.set(a.labels);
  both.labels.set(b.labels, a.count);
  both.images.set(a.images);
  both.images.set(b.images, a.images.length);
  return both;
}

function blank(set: PictureSet, count: number): Pictures {
  return new Pictures(set, new Uint8Array(count), new Uint8Array(count * PIXELS));
}

/** Loads the first pictures of a file, `count` of them. */
async function load(
  set: PictureSet,
  file: string,
  count: number,
  onBytes: OnBytes,
): Promise<Pictures> {
  const records = new Records(blank(set, count));
  const reader = unpacked(await asked(file), onBytes).getReader();
  while (records.count < count) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`${file} ended after ${records.count} of ${count} pictures`);
    records.add(value);
  }
  reader.cancel().catch(() => {}); // the rest of the file is not needed
  return records.into;
}

/** index.html requests this file before any script has loaded. */
const { early } = globalThis as { early?: { file: string; response: Promise<Response> } };

async function asked(file: string): Promise<Response> {
  const response = await (early?.file === file ? early.response : fetch(file));
  if (!response.ok) throw new Error(`${file}: HTTP ${response.status}`);
  return response;
}

/** Parses bytes as they arrive into pictures: a label, an image, a label, ... */
class Records {
  readonly into: Pictures;
  #at = 0;

  constructor(into: Pictures) {
    this.into = into;
  }

  /** The number of complete pictures so far. */
  get count(): number {
    return Math.floor(this.#at / (1 + PIXELS));
  }

  add(bytes: Uint8Array): void {
    const { labels, images, count } = this.into;
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

/** The chunk size in bytes: browsers decompress a chunk on the calling thread in a millisecond or two. */
const CHUNK = 64 * 1024;

function unpacked({ headers, body }: Response, onBytes: OnBytes): ReadableStream<Uint8Array> {
  const length = Number(headers.get('Content-Length')) || undefined;
  let loaded = 0;
  const counted = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    async transform(bytes, controller) {
      for (let at = 0; at < bytes.length; at += CHUNK) {
        const chunk = bytes.subarray(at, at + CHUNK);
        // Before it is read: the reader may have all that it needs then, and cancel the rest.
        loaded += chunk.length;
        onBytes(loaded, length);
        controller.enqueue(chunk);
        await breathe();
      }
    },
  });
  return (body as ReadableStream<Uint8Array<ArrayBuffer>>)
    .pipeThrough(counted)
    .pipeThrough(new DecompressionStream('gzip'));
}
