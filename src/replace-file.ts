// How a file on the disk becomes another one: whatever happens, it is whole.

/** The modules of Node that it takes, which a page does not have. */
export interface NodeFiles {
  readonly fs: {
    open(path: string, flags: string): Promise<FileHandle>;
    realpath(path: string): Promise<string>;
    rename(from: string, to: string): Promise<void>;
    rm(path: string, options: { force: boolean }): Promise<void>;
    stat(path: string): Promise<{ mode: number }>;
  };
  readonly path: {
    basename(path: string): string;
    dirname(path: string): string;
    join(...parts: string[]): string;
    readonly sep: string;
  };
  readonly url: { fileURLToPath(url: URL): string };
}

interface FileHandle {
  chmod(mode: number): Promise<void>;
  writeFile(bytes: Uint8Array): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Writes a file. At any time there is either the old one or the whole new one: it is written beside
 * it, and renamed when it is on the disk. Links are followed, and an existing file's permissions
 * kept. A process that is killed meanwhile may leave `.name.*.tmp` behind.
 */
export async function replaceFile(
  { fs, path, url }: NodeFiles,
  file: string | URL,
  bytes: Uint8Array,
): Promise<void> {
  const given = typeof file === 'string' ? file : url.fileURLToPath(file);
  const target = (await orMissing(fs.realpath(given))) ?? given;
  const folder = path.dirname(target);
  const temporary = path.join(folder, `.${path.basename(target)}.${crypto.randomUUID()}.tmp`);
  const mode = (await orMissing(fs.stat(target)))?.mode;
  try {
    const handle = await fs.open(temporary, 'wx');
    try {
      if (mode !== undefined) await handle.chmod(mode & 0o777);
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.rename(temporary, target);
  } catch (error) {
    await fs.rm(temporary, { force: true });
    throw error;
  }
  // Makes the renaming last. Windows can neither open a folder nor needs to.
  if (path.sep === '\\') return;
  const handle = await fs.open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The outcome; undefined where there is no such file. */
async function orMissing<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined;
    throw error;
  }
}
