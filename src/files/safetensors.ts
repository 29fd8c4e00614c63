// The format that models are stored in: https://huggingface.co/docs/safetensors
//
//     8 bytes             n bytes                                                the rest
//     +-------------------+------------------------------------------------------+------+
//     | n, little-endian  | JSON: name -> dtype, shape, data_offsets; __metadata__ | data |
//     +-------------------+------------------------------------------------------+------+
//
// Files are not trusted. A file is accepted only if its header has no key twice and its tensors cover the
// data exactly. Reading allocates little besides the file, whatever it contains.

import { decodeUtf8, encodeUtf8 } from '../base/platform.js';
import { show } from '../model/checks.js';
import { otherFormat } from './other-formats.js';

/** Bytes per element of the types that can be converted to float32. */
const SIZES = { F32: 4, F64: 8, F16: 2, BF16: 2 } as const;
type DType = keyof typeof SIZES;

/**
 * Twice what the largest readable number of tensors (below) takes; parsed within 0.1 s. The reference
 * implementation allows 100 MB, which take 0.8 s.
 */
const MAX_HEADER = 4_000_000;
/**
 * The limit for all keys of a header together, 3 + 1 per tensor. A tensor, once read, takes about a hundred
 * bytes more than its text: 65,536 keys limit that to a few MB, and are enough for 4,096 layers.
 */
const MAX_KEYS = 65_536;
/** Dense layers need 2 dimensions. */
const MAX_DIMENSIONS = 8;

/** A tensor to write. */
export interface Tensor {
  readonly data: Float32Array | Float64Array;
  readonly shape: readonly number[];
}

/** A tensor in a file. */
export interface StoredTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** A view of the file's bytes, possibly unaligned. */
  readonly bytes: Uint8Array;
}

/**
 * The file in pieces: its header, and the data of each tensor, not copied. The same tensors and metadata in
 * the same order give the same bytes.
 */
export function safetensorsPieces(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array[] {
  const keys = 1 + Object.keys(metadata).length + 4 * tensors.size;
  if (keys > MAX_KEYS)
    throw new RangeError(`a file can have ${MAX_KEYS} names, ${keys} are needed`);
  const header: [string, unknown][] = [['__metadata__', metadata]];
  let end = 0;
  for (const [name, { data, shape }] of tensors) {
    const begin = end;
    end += data.byteLength;
    const dtype = data instanceof Float64Array ? 'F64' : 'F32';
    header.push([name, { dtype, shape, data_offsets: [begin, end] }]);
  }
  const text = encodeUtf8(JSON.stringify(Object.fromEntries(header)));
  const start = Math.ceil((8 + text.length) / 8) * 8;
  const head = new Uint8Array(start);
  new DataView(head.buffer).setBigUint64(0, BigInt(start - 8), true);
  head.fill(0x20, 8); // the header is padded with spaces
  head.set(text, 8);
  const pieces: Uint8Array[] = [head];
  // Little-endian, like every machine that runs this library.
  for (const { data } of tensors.values()) {
    pieces.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return pieces;
}

/**
 * Joins the pieces of a file into one array.
 *
 * @throws RangeError if an array cannot be that long: the limit is 4 GiB in Node 20.
 */
export function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  let file: Uint8Array<ArrayBuffer>;
  try {
    file = new Uint8Array(length);
  } catch {
    throw new RangeError(
      `the model's file has ${length} bytes, more than one array can have here: save({ optimizer: ` +
        'false }) makes a third of it, and saveFile and checkpoint.path of Node write it in pieces',
    );
  }
  let at = 0;
  for (const piece of pieces) {
    file.set(piece, at);
    at += piece.length;
  }
  return file;
}

/** What is in a file. */
export interface StoredFile {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

/** The tensors, as views of `bytes`, and the metadata. A RangeError says what is wrong with an invalid file. */
export function readSafetensors(given: unknown): StoredFile {
  const bytes = isBuffer(given) ? new Uint8Array(given) : given;
  if (!isBytes(bytes)) {
    throw new TypeError(`bytes must be a Uint8Array or an ArrayBuffer, got ${show(bytes)}`);
  }
  const start = dataStart(bytes, bytes.length);
  const { entries, metadata } = readHeader(bytes.subarray(8, start), bytes.length - start);
  const tensors = new Map<string, StoredTensor>();
  for (const [name, { dtype, shape, begin, end }] of entries) {
    tensors.set(name, { dtype, shape, bytes: bytes.subarray(start + begin, start + end) });
  }
  return { tensors, metadata };
}

/**
 * The contents of a file of `size` bytes that may exceed one array: `read` returns `length` bytes from
 * `position` on.
 */
export async function readSafetensorsPieces(
  size: number,
  read: (position: number, length: number) => Promise<Uint8Array>,
): Promise<StoredFile> {
  const start = dataStart(await read(0, Math.min(9, size)), size);
  const { entries, metadata } = readHeader(await read(8, start - 8), size - start);
  const tensors = new Map<string, StoredTensor>();
  for (const [name, { dtype, shape, begin, end }] of entries) {
    tensors.set(name, { dtype, shape, bytes: await read(start + begin, end - begin) });
  }
  return { tensors, metadata };
}

/** The offset of the data in a file of `size` bytes, from its first bytes. */
function dataStart(bytes: Uint8Array, size: number): number {
  if (size < 8) throw bad(`it has ${size} bytes, and the header's length alone 8`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  const length = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  if (length > MAX_HEADER || bytes[8] !== code('{')) {
    const other = otherFormat(bytes.subarray(0, 8));
    if (other) throw bad(other);
  }
  if (length > MAX_HEADER) {
    throw bad(`its header would have ${length} bytes, and may have ${MAX_HEADER}`);
  }
  if (length > size - 8) {
    throw bad(`its header would have ${length} bytes, and ${size - 8} are there`);
  }
  return 8 + length;
}

/** The header's entry for a tensor: where its data is. */
interface Entry {
  dtype: DType;
  shape: number[];
  begin: number;
  end: number;
}

/** Reads the header of a file with `size` bytes of data. */
function readHeader(
  bytes: Uint8Array,
  size: number,
): { entries: Map<string, Entry>; metadata: Map<string, string> } {
  const entries = new Map<string, Entry>();
  const metadata = new Map<string, string>();
  const spans: { name: string; begin: number; end: number }[] = [];
  const header = new HeaderReader(bytes);
  header.object('the header', (name) => {
    if (name === '__metadata__') {
      header.object(name, (key) => metadata.set(key, header.string()));
      return;
    }
    const entry = readEntry(header, name);
    const { begin, end } = entry;
    if (end > size) throw bad(`${show(name)} ends at byte ${end} of the data, which has ${size}`);
    entries.set(name, entry);
    spans.push({ name, begin, end });
  });
  header.end();

  spans.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const { name, begin, end } of spans) {
    if (begin < covered) throw bad(`${show(name)} overlaps another tensor`);
    if (begin > covered) throw bad(`there is a hole in the data before ${show(name)}`);
    covered = end;
  }
  if (covered < size) throw bad(`${size - covered} bytes follow the last tensor`);
  return { entries, metadata };
}

function readEntry(header: HeaderReader, name: string): Entry {
  const what = show(name);
  let dtype: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  header.object(what, (key) => {
    if (key === 'dtype') dtype = header.string();
    else if (key === 'shape') shape = header.integers(`the shape of ${what}`);
    else if (key === 'data_offsets') offsets = header.integers(`the data_offsets of ${what}`);
    else throw bad(`${what} has an unknown key, ${show(key)}`);
  });
  if (dtype === undefined || shape === undefined || offsets === undefined) {
    throw bad(`${what} must have dtype, shape and data_offsets`);
  }
  if (!Object.keys(SIZES).includes(dtype)) {
    const known = Object.keys(SIZES).join(', ');
    throw bad(`${what} has the dtype ${show(dtype)}, and only ${known} can be read`);
  }
  const [begin, end] = offsets as [number, number];
  if (offsets.length !== 2 || begin > end) {
    throw bad(`the data_offsets of ${what} must be [begin, end], got [${offsets.join(', ')}]`);
  }
  let size: number = SIZES[dtype as DType];
  for (const dimension of shape) {
    size *= dimension;
    if (size > Number.MAX_SAFE_INTEGER) {
      throw bad(`the shape of ${what}, [${shape.join(', ')}], is too large`);
    }
  }
  if (size !== end - begin) {
    throw bad(
      `${what} needs ${size} bytes for [${shape.join(', ')}] ${dtype}, and has ${end - begin}`,
    );
  }
  return { dtype: dtype as DType, shape, begin, end };
}

/** The tensor's numbers as float32: a view of the file if they are float32 and aligned. */
export function toFloat32({ dtype, bytes }: StoredTensor): Float32Array {
  const size = SIZES[dtype];
  // Not slice(), which does not copy if the bytes are a Node Buffer.
  const aligned = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  const { buffer, byteOffset, length } = aligned;
  const count = length / size;
  if (dtype === 'F32') return new Float32Array(buffer, byteOffset, count);
  if (dtype === 'F64') return new Float32Array(new Float64Array(buffer, byteOffset, count));
  const halves = new Uint16Array(buffer, byteOffset, count);
  if (dtype === 'F16') return Float32Array.from(halves, fromHalf);
  // BF16 is the upper half of a float32.
  return new Float32Array(Uint32Array.from(halves, (half) => half * 65536).buffer);
}

/** The tensor's numbers as float64, always a copy. */
export function toFloat64(tensor: StoredTensor): Float64Array<ArrayBuffer> {
  if (tensor.dtype !== 'F64') return new Float64Array(toFloat32(tensor));
  return new Float64Array(new Uint8Array(tensor.bytes).buffer);
}

/** IEEE 754 binary16: a sign, 5 bits of exponent, 10 of fraction. */
function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/**
 * Parses the JSON of a header, token by token. JSON.parse would take the last of two equal keys, and build
 * every value before one could be rejected.
 */
class HeaderReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #keys = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    if (bytes[0] !== code('{')) throw bad("its header does not begin with '{'");
  }

  /** Reads an object whose keys all differ; `readValue` reads the value of each. */
  object(what: string, readValue: (key: string) => void): void {
    const seen = new Set<string>();
    this.#take('{');
    if (this.#next() === code('}')) {
      this.#at++;
      return;
    }
    do {
      const key = this.string();
      if (seen.has(key)) throw bad(`${what} has ${show(key)} twice`);
      seen.add(key);
      if (++this.#keys > MAX_KEYS) throw bad(`its header has more than ${MAX_KEYS} names`);
      this.#take(':');
      readValue(key);
    } while (this.#take(',', '}') === ',');
  }

  /** Reads an array of integers from 0. */
  integers(what: string): number[] {
    const all: number[] = [];
    this.#take('[');
    if (this.#next() === code(']')) {
      this.#at++;
      return all;
    }
    do {
      if (all.length === MAX_DIMENSIONS)
        throw bad(`${what} has more than ${MAX_DIMENSIONS} numbers`);
      all.push(this.#integer(what));
    } while (this.#take(',', ']') === ',');
    return all;
  }

  string(): string {
    this.#take('"');
    const from = this.#at;
    let escaped = false;
    for (; this.#bytes[this.#at] !== code('"'); this.#at++) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined || byte < 0x20) throw this.#unexpected('"');
      if (byte !== code('\\')) continue;
      escaped = true;
      this.#at++;
    }
    const text = textOf(this.#bytes.subarray(from, this.#at++));
    return escaped ? unescaped(text) : text;
  }

  /** Requires that only padding follows. */
  end(): void {
    if (this.#next() !== undefined) throw this.#unexpected('the end');
  }

  #integer(what: string): number {
    this.#next();
    const from = this.#at;
    while (isDigit(this.#bytes[this.#at])) this.#at++;
    const digits = this.#bytes.subarray(from, Math.min(this.#at, from + 17));
    const text = String.fromCharCode(...digits);
    const value = Number(text);
    // Also rejects leading zeros, minus signs, points and exponents.
    if (text !== String(value) || value > Number.MAX_SAFE_INTEGER) {
      throw bad(`${what} must be integers from 0 to ${Number.MAX_SAFE_INTEGER}`);
    }
    return value;
  }

  /** Skips whitespace and returns the next byte without consuming it. */
  #next(): number | undefined {
    for (; ; this.#at++) {
      const byte = this.#bytes[this.#at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte;
    }
  }

  /** Consumes one of these characters. */
  #take(...characters: string[]): string {
    const byte = this.#next();
    const found = characters.find((character) => code(character) === byte);
    if (found === undefined) throw this.#unexpected(characters.join(' or '));
    this.#at++;
    return found;
  }

  #unexpected(expected: string): RangeError {
    const byte = this.#bytes[this.#at];
    const got = byte === undefined ? 'the end' : `byte 0x${byte.toString(16).padStart(2, '0')}`;
    return bad(`its header must have ${expected} at byte ${this.#at}, got ${got}`);
  }
}

function textOf(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes);
  } catch {
    throw bad('its header is not UTF-8');
  }
}

/** The text that a JSON string with escapes represents. */
function unescaped(text: string): string {
  try {
    const value: string = JSON.parse(`"${text}"`);
    if (!/\p{Surrogate}/u.test(value)) return value;
  } catch {}
  throw bad(`its header has an escape that means nothing in ${show(text)}`);
}

const code = (character: string): number => character.charCodeAt(0);

const isDigit = (byte: number | undefined): boolean =>
  byte !== undefined && byte >= code('0') && byte <= code('9');

// Compared by name, because a value from another realm is no instance of ours.
function isBuffer(x: unknown): x is ArrayBuffer {
  return ['[object ArrayBuffer]', '[object SharedArrayBuffer]'].includes(
    Object.prototype.toString.call(x),
  );
}

function isBytes(x: unknown): x is Uint8Array {
  return ArrayBuffer.isView(x) && Object.prototype.toString.call(x) === '[object Uint8Array]';
}

function bad(reason: string): RangeError {
  return new RangeError(`bytes is not a safetensors file that can be read: ${reason}`);
}
