// Reads safetensors files of any size from disk.

import * as fs from 'node:fs/promises';
import { readSafetensors, readSafetensorsPieces, type StoredFile } from './safetensors.js';

/** Node reads at most 2 GiB at once. */
const MOST_BYTES = 2 ** 26;

/** The contents of a file, and its size in bytes. */
export async function readStoredFile(
  path: string | URL,
): Promise<{ stored: StoredFile; size: number }> {
  // A pipe has no size, and can be read only once.
  if ((await fs.stat(path)).isFIFO()) {
    const { openPipe } = await import('./pipes.js');
    const pieces: Buffer[] = [];
    for await (const piece of await openPipe(path)) pieces.push(piece);
    const bytes = Buffer.concat(pieces);
    return { stored: readSafetensors(bytes), size: bytes.length };
  }
  const file = await fs.open(path);
  try {
    const stats = await file.stat();
    if (!stats.isFile()) {
      const bytes = await file.readFile();
      return { stored: readSafetensors(bytes), size: bytes.length };
    }
    const stored = await readSafetensorsPieces(stats.size, (at, length) => read(file, at, length));
    return { stored, size: stats.size };
  } finally {
    await file.close();
  }
}

async function read(file: fs.FileHandle, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const most = Math.min(length - done, MOST_BYTES);
    const { bytesRead } = await file.read(bytes, done, most, position + done);
    if (bytesRead === 0) throw new Error('the file became shorter while it was read');
    done += bytesRead;
  }
  return bytes;
}
