// Replaces a file on disk atomically: whatever happens, it is complete, either the old one or the new one.

import { type FileHandle, type NodeFiles, webCrypto } from '../base/platform.js';

/** A file that is being written. Whoever opens one must call `finish` or `discard`. */
export interface FileWriter {
  /** Whether it is a regular file, not a pipe or a device, so that earlier bytes can be overwritten. */
  readonly isFile: boolean;
  /** Writes all bytes, at the end of the file or at `position`. */
  write(bytes: Uint8Array, position?: number): Promise<void>;
  /** Flushes the file to disk and renames it to its final name. */
  finish(): Promise<void>;
  /** Discards it and leaves the old file in place. */
  discard(): Promise<void>;
}

/** The temporary names of the files that are being written. */
export const unfinished = new Set<string>();

/** Node reads and writes at most 2 GiB at once. */
const MOST_BYTES = 2 ** 26;
const WRITABLE = 2;

/**
 * Opens a file to be replaced: at any time there is either the old one or the complete new one. The new one
 * is written next to it, with the old one's permissions from the beginning, and renamed once it is on disk.
 * Links are followed, even dangling ones; pipes and devices are written to directly. A process that is
 * killed in between may leave `.name.*.tmp` behind.
 *
 * @throws (as a rejection) the file system's error, or one like it for a folder.
 */
export async function openAtomic(node: NodeFiles, file: string | URL): Promise<FileWriter> {
  const { fs, path } = node;
  const { target, isFile, mode } = await destination(node, file);
  const folder = path.dirname(target);
  const name = `.${path.basename(target)}.${webCrypto().randomUUID()}.tmp`;
  const temporary = isFile ? path.join(folder, name) : target;
  if (isFile) unfinished.add(temporary);
  let handle: FileHandle | undefined;
  const close = async () => {
    const open = handle;
    handle = undefined;
    await open?.close();
  };
  const discard = async () => {
    await close().catch(() => {}); // the first error says more
    if (unfinished.delete(temporary)) await fs.rm(temporary, { force: true });
  };
  try {
    handle = await fs.open(temporary, isFile ? 'wx' : 'w', mode ?? 0o666);
    // The umask may withhold permissions that the old file has.
    if (isFile && mode !== undefined) await handle.chmod(mode);
  } catch (error) {
    await discard();
    throw error;
  }
  return {
    isFile,
    async write(bytes, position) {
      if (!handle) throw new Error('the file is closed');
      // `write` may write fewer bytes than it was given.
      for (let done = 0; done < bytes.length; ) {
        const length = Math.min(bytes.length - done, MOST_BYTES);
        const at = position === undefined ? null : position + done;
        done += (await handle.write(bytes, done, length, at)).bytesWritten;
      }
    },
    async finish() {
      if (isFile) await handle?.sync();
      await close();
      if (!isFile) return;
      await fs.rename(temporary, target);
      unfinished.delete(temporary);
      await syncFolder(node, folder);
    },
    discard,
  };
}

/** Writes a file from these pieces, one after the other, as {@link openAtomic} does. */
export async function writeAtomic(
  node: NodeFiles,
  file: string | URL,
  pieces: Iterable<Uint8Array>,
): Promise<void> {
  const writer = await openAtomic(node, file);
  try {
    for (const piece of pieces) await writer.write(piece);
    await writer.finish();
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

/** The path that a name leads to, and what is there. Fails if a file cannot be written there. */
export async function destination(
  node: NodeFiles,
  file: string | URL,
): Promise<{ target: string; isFile: boolean; mode: number | undefined }> {
  const { fs, path, url } = node;
  const given = typeof file === 'string' ? file : url.fileURLToPath(file);
  const target = await followLinks(node, given);
  const old = await unless('ENOENT', fs.stat(target));
  if (old?.isDirectory()) {
    throw Object.assign(new Error(`EISDIR: it is a folder, not a file: '${given}'`), {
      code: 'EISDIR',
    });
  }
  const isFile = old === undefined || old.isFile();
  await fs.access(isFile ? path.dirname(target) : target, WRITABLE);
  return { target, isFile, mode: old && old.mode & 0o777 };
}

/** The path with all links resolved. The last ones may be dangling. */
async function followLinks({ fs, path }: NodeFiles, given: string): Promise<string> {
  // A circle of links is reported by realpath.
  for (let target = given; ; ) {
    const real = await unless('ENOENT', fs.realpath(target));
    if (real !== undefined) return real;
    // It exists, but has no path, such as the target of /dev/stdout.
    if (await unless('ENOENT', fs.stat(target))) return target;
    const folder = await fs.realpath(path.dirname(target));
    const link = await unless('EINVAL', unless('ENOENT', fs.readlink(target)));
    if (link === undefined) return path.join(folder, path.basename(target));
    target = path.resolve(folder, link);
  }
}

/** Makes a rename durable. Windows can neither open a folder nor needs to. */
async function syncFolder({ fs, path }: NodeFiles, folder: string): Promise<void> {
  if (path.sep === '\\') return;
  // Some folders can be written but not read, and some file systems do not support this.
  const handle = await unless('EACCES', fs.open(folder, 'r'));
  try {
    await unless('EINVAL', handle?.sync() ?? Promise.resolve());
  } finally {
    await handle?.close();
  }
}

/** The result of the promise; undefined if it fails with this code. */
async function unless<T>(code: string, promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if ((error as { code?: unknown }).code === code) return undefined;
    throw error;
  }
}
