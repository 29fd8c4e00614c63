// NumPy's archives: a zip of NPY files.

import type { Readable } from 'node:stream';
import zlib from 'node:zlib';
import { type Entry, fromBufferPromise, openPromise, type ZipFile } from 'yauzl';
import { closest } from '../options.js';
import { printable, quoted } from '../printable.js';
import { DataError, UsageError } from './errors.js';
import { closeFile, Input, openFile, openInput } from './input.js';
import { readNpy } from './npy.js';
import type { ReadOptions, RowReader } from './rows.js';

/** Opens the array that `--array` names, or the only one. */
export async function readNpz(path: string, options: ReadOptions): Promise<RowReader> {
  const zip = await openZip(path);
  const name = path === '-' ? 'standard input' : path;
  const arrays = new Map<string, Entry>();
  try {
    for await (const entry of zip.eachEntry()) {
      if (/\.npy$/.test(entry.fileName)) arrays.set(entry.fileName.replace(/\.npy$/, ''), entry);
    }
  } catch (error) {
    throw damaged(name, error);
  }
  const names = [...arrays.keys()];
  const known = printable(names.join(', '), 200);
  if (names.length === 0) throw new DataError(name, 'there is no array in it');
  if (options.array === undefined && names.length > 1) {
    throw new UsageError(`${name} has ${names.length} arrays; choose one with --array: ${known}`);
  }
  const array = options.array ?? (names[0] as string);
  const entry = arrays.get(array);
  if (!entry) {
    const hint = `did you mean ${quoted(closest(array, names))}? (it has ${known})`;
    throw new UsageError(`--array: ${name} has no array ${quoted(array)}; ${hint}`);
  }
  const place = `${name}, array ${printable(array)}`;
  return readNpy(new Input(place, contents(place, zip, entry)), options);
}

/** A zip's directory is at its end, so that one from standard input must be read whole. */
async function openZip(path: string): Promise<ZipFile> {
  const isPiped = path === '-';
  const input = await (isPiped ? openInput(path) : undefined);
  if (!isPiped) await closeFile(await openFile(path));
  try {
    return input
      ? await fromBufferPromise(await input.take(Number.POSITIVE_INFINITY), READING)
      : await openPromise(path, READING);
  } catch (error) {
    throw damaged(input?.name ?? path, error);
  }
}

const READING = { lazyEntries: true, autoClose: false };

async function* contents(place: string, zip: ZipFile, entry: Entry): AsyncGenerator<Buffer> {
  let checksum = 0;
  try {
    const stream: Readable = await zip.openReadStreamPromise(entry);
    for await (const chunk of stream) {
      checksum = zlib.crc32?.(chunk, checksum) ?? entry.crc32; // Node has it since 20.15
      yield chunk;
    }
    if (checksum !== entry.crc32) throw new Error('a wrong checksum');
  } catch (error) {
    throw damaged(place, error);
  } finally {
    zip.close();
  }
}

function damaged(file: string, error: unknown): DataError {
  return new DataError(
    file,
    `it cannot be read as a zip archive (${printable((error as Error).message, 200)})`,
  );
}
