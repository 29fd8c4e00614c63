// Reads NumPy's NPZ archives: zip files of NPY arrays.

import type { Readable } from 'node:stream';
import zlib from 'node:zlib';
import type { Entry, ZipFile } from 'yauzl';
import { printable, quoted } from '../../base/printable.js';
import type { SparseRows } from '../../index.js';
import { closest } from '../../model/checks.js';
import { Input } from '../byte-input.js';
import { DataError, UsageError } from '../errors.js';
import { joinedSparse } from './batch.js';
import { readNpy } from './npy.js';
import type { ReadOptions, RowReader } from './reader.js';
import { readSparse, SPARSE } from './sparse-npz.js';
import type { TableFormat } from './table-format.js';

export const npz: TableFormat = {
  ending: /\.npz$/,
  // The local file header of a zip, or its end record if it is empty.
  begins: ([a, b, c, d]) =>
    a === 0x50 && b === 0x4b && ((c === 3 && d === 4) || (c === 5 && d === 6)),
  read: readNpz,
};

/** Reads the array that `--array` names, or the only one. */
export async function readNpz(input: Input, options: ReadOptions): Promise<RowReader> {
  const { name } = input;
  const zip = await openZip(input);
  try {
    const arrays = new Map<string, Entry>();
    for await (const entry of zip.eachEntry()) {
      const { fileName } = entry;
      if (fileName.endsWith('.npy')) arrays.set(fileName.slice(0, -'.npy'.length), entry);
    }
    const isSparse = options.array === undefined && SPARSE.every((part) => arrays.has(part));
    if (isSparse) {
      const bytesOf = (part: string) => {
        const entry = arrays.get(part);
        const place = `${name}, array ${part}`;
        return entry && new Input(place, contents(place, zip, entry, false));
      };
      return await readSparse(name, bytesOf, () => zip.close(), options);
    }
    const array = chooseArray(name, [...arrays.keys()], options.array);
    const place = `${name}, array ${printable(array)}`;
    const bytes = contents(place, zip, arrays.get(array) as Entry);
    return await readNpy(new Input(place, bytes, undefined, () => zip.close()), options);
  } catch (error) {
    zip.close();
    throw error instanceof DataError || error instanceof UsageError ? error : damaged(name, error);
  }
}

/** Reads all rows of a sparse matrix, compressed. */
export async function readSparseNpz(input: Input, options: ReadOptions): Promise<SparseRows> {
  const reader = await readNpz(input, options);
  try {
    const parts: SparseRows[] = [];
    for await (const { sparse } of reader.batches()) {
      if (!sparse) {
        throw new UsageError(
          `${input.name} must hold a sparse matrix from scipy.sparse.save_npz, got another array; readNpz reads it`,
        );
      }
      parts.push(sparse);
    }
    return joinedSparse(parts);
  } finally {
    await reader.close();
  }
}

function chooseArray(file: string, names: readonly string[], wanted: string | undefined): string {
  const known = printable(names.join(', '), 200);
  const [first] = names;
  if (first === undefined) throw new DataError(file, 'it contains no array');
  if (wanted === undefined && names.length === 1) return first;
  if (wanted === undefined) {
    throw new UsageError(`${file} has ${names.length} arrays; choose one with --array: ${known}`);
  }
  if (names.includes(wanted)) return wanted;
  const hint = `did you mean ${quoted(closest(wanted, names))}? (it has ${known})`;
  throw new UsageError(`--array: ${file} has no array ${quoted(wanted)}; ${hint}`);
}

/** The directory of a zip is at its end. An input that does not allow seeking is read into memory. */
async function openZip(input: Input): Promise<ZipFile> {
  const { fromBufferPromise, openPromise } = await import('yauzl');
  try {
    if (input.path === undefined) {
      return await fromBufferPromise(await input.take(Number.POSITIVE_INFINITY), READING);
    }
    await input.close(); // reopened, to be read from the end
    return await openPromise(input.path, READING);
  } catch (error) {
    throw error instanceof DataError ? error : damaged(input.name, error);
  }
}

const READING = { lazyEntries: true, autoClose: false };

async function* contents(
  place: string,
  zip: ZipFile,
  entry: Entry,
  isLast = true,
): AsyncGenerator<Buffer> {
  let checksum = 0;
  let stream: Readable | undefined;
  try {
    stream = (await zip.openReadStreamPromise(entry)) as Readable;
    for await (const chunk of stream) {
      checksum = zlib.crc32?.(chunk, checksum) ?? entry.crc32; // crc32 exists since Node 20.15
      yield chunk;
    }
    if (checksum !== entry.crc32) throw new Error('a wrong checksum');
  } catch (error) {
    throw damaged(place, error);
  } finally {
    stream?.destroy();
    if (isLast) zip.close();
  }
}

function damaged(file: string, error: unknown): DataError {
  return new DataError(
    file,
    `it cannot be read as a zip archive (${printable((error as Error).message, 200)})`,
  );
}
