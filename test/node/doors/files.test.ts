// Models in files.

import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { join } from 'node:path';
import * as url from 'node:url';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NodeFiles } from '../../../src/base/platform.js';
import { writeAtomic } from '../../../src/files/atomic-file.js';
import { readStoredFile } from '../../../src/files/stored-file.js';
import { Autoencoder } from '../../../src/index.js';
import { loadFile, saveFile } from '../../../src/node.js';
import { fingerprint } from '../../support/data.js';

const model = (seed: number) => new Autoencoder({ layers: [5, 3], seed });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autoencoder-files-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('saveFile and loadFile', () => {
  test('a saved model can be loaded, by path and by URL', async () => {
    const path = join(folder, 'a b.safetensors');
    await saveFile(model(1), path);
    expect(await readFile(path)).toEqual(Buffer.from(model(1).save()));
    expect(fingerprint(await loadFile(path))).toBe(fingerprint(model(1)));
    await saveFile(model(2), pathToFileURL(path));
    const loaded = await loadFile(pathToFileURL(path), { threads: 2 });
    expect(fingerprint(loaded)).toBe(fingerprint(model(2)));
    expect(loaded.threads).toBe(2);
    expect(await readdir(folder)).toEqual(['a b.safetensors']);
  });

  test('the model is saved as it was at the time of the call', async () => {
    const ae = model(1);
    const path = join(folder, 'model');
    const saving = saveFile(ae, path);
    await ae.fit(new Float32Array(50).fill(0.5), { epochs: 1 });
    await saving;
    expect(fingerprint(await loadFile(path))).toBe(fingerprint(model(1)));
  });

  test('of many saves at once, one file is left, complete', async () => {
    const path = join(folder, 'model');
    await Promise.all(Array.from({ length: 20 }, (_, i) => saveFile(model(i), path)));
    const { seed } = await loadFile(path);
    expect(fingerprint(await loadFile(path))).toBe(fingerprint(model(seed)));
    expect(await readdir(folder)).toEqual(['model']);
  });

  // A folder cannot be replaced by a file, so that the last step fails.
  test('a failed save leaves the existing file, and no other', async () => {
    const path = join(folder, 'model');
    await mkdir(path);
    await writeFile(join(path, 'kept'), '');
    await expect(saveFile(model(1), path)).rejects.toThrow(/EISDIR|ENOTEMPTY|EPERM/);
    expect(await readdir(folder)).toEqual(['model']);
    expect(await readdir(path)).toEqual(['kept']);
  });

  test('errors of the file system and of load are passed on', async () => {
    await expect(saveFile(model(1), join(folder, 'none/model'))).rejects.toThrow('ENOENT');
    await expect(loadFile(join(folder, 'none'))).rejects.toThrow('ENOENT');
    await writeFile(join(folder, 'empty'), '');
    await expect(loadFile(join(folder, 'empty'))).rejects.toThrow('it has 0 bytes');
    const disposed = model(1);
    disposed.dispose();
    await expect(saveFile(disposed, join(folder, 'model'))).rejects.toThrow('after dispose()');
    expect(await readdir(folder)).toEqual(['empty']);
  });

  describe.skipIf(process.platform === 'win32')('on systems with permissions and links', () => {
    const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

    test('an existing file keeps its permissions, a new one has the default ones', async () => {
      const [path, usual] = [join(folder, 'model'), join(folder, 'usual')];
      await writeFile(usual, '');
      await saveFile(model(1), path);
      expect(await modeOf(path)).toBe(await modeOf(usual));
      for (const mode of [0o600, 0o666]) {
        await chmod(path, mode);
        await saveFile(model(2), path);
        expect(await modeOf(path)).toBe(mode);
      }
    });

    test('the replacement of a private file is private from the beginning', async () => {
      const file = join(folder, 'model');
      await writeFile(file, '', { mode: 0o600 });
      const modes: number[] = [];
      const node: NodeFiles = {
        fs: {
          ...fs,
          async open(...args: Parameters<NodeFiles['fs']['open']>) {
            const handle = await open(...args);
            if (args[1] === 'wx') modes.push((await handle.stat()).mode & 0o777);
            return handle;
          },
        },
        path,
        url,
      };
      await writeAtomic(node, file, [Uint8Array.of(1, 2)]);
      expect(modes).toEqual([0o600]);
      expect(await modeOf(file)).toBe(0o600);
    });

    test('a dangling link creates its target, also through other links', async () => {
      await mkdir(join(folder, 'a/b'), { recursive: true });
      await symlink('a/b', join(folder, 'to-b'));
      await symlink('to-b/second', join(folder, 'first'));
      await symlink('../model', join(folder, 'a/b/second'));
      await saveFile(model(1), join(folder, 'first'));
      expect((await readdir(folder)).sort()).toEqual(['a', 'first', 'to-b']);
      expect((await readdir(join(folder, 'a'))).sort()).toEqual(['b', 'model']);
      for (const link of ['first', 'a/b/second']) {
        expect((await lstat(join(folder, link))).isSymbolicLink()).toBe(true);
        expect(fingerprint(await loadFile(join(folder, link)))).toBe(fingerprint(model(1)));
      }
      await symlink('none/model', join(folder, 'lost'));
      await expect(saveFile(model(1), join(folder, 'lost'))).rejects.toThrow('ENOENT');
    });

    test('links in a circle are an error, and are kept', async () => {
      const [one, two] = [join(folder, 'one'), join(folder, 'two')];
      await symlink(two, one);
      await symlink(one, two);
      await expect(saveFile(model(1), one)).rejects.toThrow('ELOOP');
      expect((await readdir(folder)).sort()).toEqual(['one', 'two']);
    });

    test('a pipe can be written to and read from', async () => {
      const pipe = join(folder, 'pipe');
      execFileSync('mkfifo', [pipe]);
      const reading = loadFile(pipe);
      await saveFile(model(1), pipe);
      expect(fingerprint(await reading)).toBe(fingerprint(model(1)));
      expect((await lstat(pipe)).isFIFO()).toBe(true);
      expect(await readdir(folder)).toEqual(['pipe']);
    });

    test('a link stays a link', async () => {
      await mkdir(join(folder, 'there'));
      const target = join(folder, 'there/model');
      await saveFile(model(1), target);
      const link = join(folder, 'link');
      await symlink(target, link);
      await saveFile(model(2), link);
      expect(fingerprint(await loadFile(target))).toBe(fingerprint(model(2)));
      expect((await readdir(folder)).sort()).toEqual(['link', 'there']);
      expect(await readdir(join(folder, 'there'))).toEqual(['model']);
    });
  });
});

describe('a file larger than Node can handle at once', () => {
  test('is written in parts', async () => {
    const asked: [number, number][] = [];
    const handle = {
      async write(_: Uint8Array, offset: number, length: number) {
        if (length > 2 ** 31 - 1) throw new RangeError('length is out of range');
        asked.push([offset, length]);
        return { bytesWritten: length };
      },
      async chmod() {},
      async sync() {},
      async close() {},
    };
    const node = {
      fs: { ...fs, open: async () => handle, rename: async () => {} },
      path,
      url,
    } as unknown as NodeFiles;
    // Never written to, so that the system gives it no memory.
    const large = new Uint8Array(2 ** 31 + 5);
    await writeAtomic(node, join(folder, 'model'), [large]);
    let end = 0;
    for (const [offset, length] of asked) {
      expect(offset).toBe(end);
      end += length;
    }
    expect(end).toBe(large.length);
  });

  test('is read in parts', async () => {
    const size = 2 ** 26 + 12; // a little more than is read at a time
    const entry = `{"a":{"dtype":"F32","shape":[${size / 4}],"data_offsets":[0,${size}]}}`;
    const header = Buffer.alloc(8 + entry.length);
    header.writeBigUInt64LE(BigInt(entry.length));
    header.write(entry, 8);
    const file = await open(join(folder, 'sparse'), 'w');
    await file.write(header, 0);
    await file.write(Buffer.of(1, 2, 3), 0, 3, header.length + size - 3);
    await file.close();
    const { stored } = await readStoredFile(join(folder, 'sparse'));
    const bytes = stored.tensors.get('a')?.bytes;
    expect(bytes?.length).toBe(size);
    expect([...(bytes?.subarray(-4) ?? [])]).toEqual([0, 1, 2, 3]);
  });
});

describe('a checkpoint that cannot be written', () => {
  const x = new Float32Array(50).fill(0.5);

  test.each([
    ['in a folder that is not there', 'none/run', 'ENOENT'],
    ['that is a folder', 'folder', 'EISDIR'],
    ['behind a file', 'file/run', 'ENOTDIR'],
    ['behind links that lead round in a circle', 'loop', 'ELOOP'],
  ])('%s is refused before the first epoch', async (_, name, code) => {
    await mkdir(join(folder, 'folder'));
    await writeFile(join(folder, 'file'), '');
    await symlink('loop', join(folder, 'loop'));
    const ae = model(1);
    let epochs = 0;
    const fit = { epochs: 3, onEpochEnd: () => void epochs++ };
    const checkpoint = { path: join(folder, name) };
    const failure = await ae.fit(x, { ...fit, checkpoint }).catch((error) => error);
    expect(failure.message).toMatch(new RegExp(`^checkpoint\\.path cannot be written: ${code}`));
    expect(failure.code).toBe(code);
    expect(epochs).toBe(0);
    expect(fingerprint(ae)).toBe(fingerprint(model(1)));
    await ae.fit(x, fit); // training without a checkpoint works
    expect(epochs).toBe(3);
  });
});
