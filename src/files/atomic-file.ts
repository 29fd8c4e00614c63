// How a file on the disk becomes another one: whatever happens, it is whole.

import { type FileHandle, type NodeFiles, webCrypto } from '../base/platform.js';

/** A file that is being written. Whoever opens one ends it by `finish` or by `discard`. */
export interface FileWriter {
  /** Whether it is a file, and not a pipe or a device: what was written can be written over. */
  readonly isFile: boolean;
  /** Writes all of it, at the end of what is there or at `position`. */
  write(bytes: Uint8Array, position?: number): Promise<void>;
  /** Makes it last, and gives it its name. */
  finish(): Promise<void>;
  /** Leaves what was there before. */
  discard(): Promise<void>;
}

/** Files that are being written, under the names that they have meanwhile. */
export const unfinished = new Set<string>();

/** Node takes no more than 2 GiB at once. */
const MOST_BYTES = 2 ** 26;
const WRITABLE = 2;

/**
 * Opens a file to be replaced: at any time there is either the old one or the whole new one. It is
 * written beside it, with the old one's permissions from the beginning, and renamed when it is on the
 * disk. Links are followed, also to where nothing is yet; pipes and devices are written as they are. A
 * process that is killed meanwhile may leave `.name.*.tmp` behind.
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
    await close().catch(() => {}); // what led here says more
    if (unfinished.delete(temporary)) await fs.rm(temporary, { force: true });
  };
  try {
    handle = await fs.open(temporary, isFile ? 'wx' : 'w', mode ?? 0o666);
    // The process may keep to itself what the old file gives to others.
    if (isFile && mode !== undefined) await handle.chmod(mode);
  } catch (error) {
    await discard();
    throw error;
  }
  return {
    isFile,
    async write(bytes, position) {
      if (!handle) throw new Error('the file is closed');
      // `write` may take fewer bytes than it is given.
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

/** Writes a file of these pieces, one after the other, as {@link openAtomic} says. */
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

/** Where a name leads to, and what is there; fails where a file cannot be written. */
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

/** The path without links, where those of its end may lead to what is not there. */
async function followLinks({ fs, path }: NodeFiles, given: string): Promise<string> {
  // Links that lead round in a circle are an error of realpath's.
  for (let target = given; ; ) {
    const real = await unless('ENOENT', fs.realpath(target));
    if (real !== undefined) return real;
    // Something that has no path, as behind /dev/stdout.
    if (await unless('ENOENT', fs.stat(target))) return target;
    const folder = await fs.realpath(path.dirname(target));
    const link = await unless('EINVAL', unless('ENOENT', fs.readlink(target)));
    if (link === undefined) return path.join(folder, path.basename(target));
    target = path.resolve(folder, link);
  }
}

/** Makes a renaming last. Windows can neither open a folder nor needs to. */
async function syncFolder({ fs, path }: NodeFiles, folder: string): Promise<void> {
  if (path.sep === '\\') return;
  // Folders that may be written and not read exist, and file systems that cannot do it.
  const handle = await unless('EACCES', fs.open(folder, 'r'));
  try {
    await unless('EINVAL', handle?.sync() ?? Promise.resolve());
  } finally {
    await handle?.close();
  }
}

/** The outcome; undefined where it fails for that reason. */
async function unless<T>(code: string, promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if ((error as { code?: unknown }).code === code) return undefined;
    throw error;
  }
}
