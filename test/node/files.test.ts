// Models on the disk.

import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Autoencoder } from '../../src/index.js';
import { loadFile, saveFile } from '../../src/node.js';
import { fingerprint } from '../data.js';

const model = (seed: number) => new Autoencoder({ layers: [5, 3], seed });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autoencoder-files-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('saveFile and loadFile', () => {
  test('what was saved is loaded, by path and by URL', async () => {
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

  test('what is saved is the model at the call', async () => {
    const ae = model(1);
    const path = join(folder, 'model');
    const saving = saveFile(ae, path);
    await ae.fit(new Float32Array(50).fill(0.5), { epochs: 1 });
    await saving;
    expect(fingerprint(await loadFile(path))).toBe(fingerprint(model(1)));
  });

  test('many at once leave one of them whole', async () => {
    const path = join(folder, 'model');
    await Promise.all(Array.from({ length: 20 }, (_, i) => saveFile(model(i), path)));
    const { seed } = await loadFile(path);
    expect(fingerprint(await loadFile(path))).toBe(fingerprint(model(seed)));
    expect(await readdir(folder)).toEqual(['model']);
  });

  // A folder cannot be replaced by a file, so that the last step fails.
  test('a failure leaves what was there, and nothing else', async () => {
    const path = join(folder, 'model');
    await mkdir(path);
    await writeFile(join(path, 'kept'), '');
    await expect(saveFile(model(1), path)).rejects.toThrow(/EISDIR|ENOTEMPTY|EPERM/);
    expect(await readdir(folder)).toEqual(['model']);
    expect(await readdir(path)).toEqual(['kept']);
  });

  test('the errors of the file system and of load reach the caller', async () => {
    await expect(saveFile(model(1), join(folder, 'none/model'))).rejects.toThrow('ENOENT');
    await expect(loadFile(join(folder, 'none'))).rejects.toThrow('ENOENT');
    await writeFile(join(folder, 'empty'), '');
    await expect(loadFile(join(folder, 'empty'))).rejects.toThrow('it has 0 bytes');
    const disposed = model(1);
    disposed.dispose();
    await expect(saveFile(disposed, join(folder, 'model'))).rejects.toThrow('after dispose()');
    expect(await readdir(folder)).toEqual(['empty']);
  });

  describe.skipIf(process.platform === 'win32')('where files have permissions and links', () => {
    const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

    test('an existing file keeps its permissions, a new one has the usual', async () => {
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

    test('a link stays one', async () => {
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
