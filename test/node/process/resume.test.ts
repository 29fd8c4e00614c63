// Training that is resumed in another process, in another engine, and after kill -9.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sha256 } from '../../support/data.js';
import { SHORTEST_RUNS } from '../../support/interruption.js';
import { inProcess } from '../../support/node/child.js';
import { trainsOnWhenKilled } from '../../support/node/kills.js';
import { inNode, resumesInChromium } from '../../support/node/resume.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'autoencoder-resume-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const runs = Object.entries(SHORTEST_RUNS);

test('a run that is resumed in a new process of Node ends with the same files', async () => {
  const path = (name: string) => join(folder, `${name}.safetensors`);
  const paths = Object.fromEntries(runs.map(([name]) => [name, path(name)]));
  const inEach = (train: string) => `
    import { createHash } from 'node:crypto';
    import { loadFile, saveFile } from './src/node.ts';
    import { SHORTEST_RUNS } from './test/support/interruption.ts';
    const hashes = {};
    for (const [name, path] of Object.entries(${JSON.stringify(paths)})) {
      const { options, x, fit } = SHORTEST_RUNS[name];
      ${train}
      hashes[name] = createHash('sha256').update(ae.save()).digest('hex');
    }
    report(hashes);`;
  await inProcess(
    inEach(`
      const ae = new Autoencoder(options);
      const controller = new AbortController();
      const onEpochEnd = ({ epoch }) => { if (epoch === fit.epochs / 2) controller.abort(); };
      await ae.fit(x(), { ...fit, onEpochEnd, signal: controller.signal }).catch(() => {});
      await saveFile(ae, path);`),
  );
  const ends = await inProcess<Record<string, string>>(
    inEach(`
      const ae = await loadFile(path);
      const { length } = await ae.fit(x(), { ...fit, resume: true });
      if (length !== fit.epochs / 2) throw new Error(length + ' epochs');`),
  );
  for (const [name] of runs)
    expect(ends[name], name).toBe(await sha256((await inNode(name)).whole));
});

// resume.slow.ts has the other runs.
resumesInChromium([
  ['of a few rows', 'isolated'],
  ['of a stream', 'not isolated'],
  ['of many rows', 'not isolated'],
]);

// test/node/process/kills.slow.ts has more kills.
test('a process killed 5 times while it saves every epoch leaves a valid file, and no epoch is lost', () =>
  trainsOnWhenKilled(5));
