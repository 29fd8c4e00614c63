// npm run test:slow

import { expect, test } from 'vitest';
import { Autoencoder } from '../../../src/index.js';
import { run } from '../../support/node/child.js';

test('every version of Node gives the same bits', async () => {
  const script = new URL('../../support/node/bits.mjs', import.meta.url);
  const { hashes } = (await import(script.href)) as {
    hashes(model: typeof Autoencoder): Promise<Record<string, Record<number, string>>>;
  };
  const here = await hashes(Autoencoder);
  for (const [name, byThreads] of Object.entries(here)) {
    expect(new Set(Object.values(byThreads)).size, name).toBe(1);
  }
  expect(JSON.parse(await run(process.execPath, [script.pathname]))).toEqual(here);
  // BITS_NODES="22 24" adds these versions, which npx downloads.
  for (const version of process.env.BITS_NODES?.split(' ') ?? []) {
    const there = await run('npx', ['-y', '-p', `node@${version}`, 'node', script.pathname]);
    expect(JSON.parse(there), `Node ${version}`).toEqual(here);
  }
});
