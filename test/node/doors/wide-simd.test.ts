// enableWideSimd in processes of its own, since it sets a flag of the whole process.

import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

const FIT = `
  const { Autoencoder } = await import('./dist/index.mjs');
  const { enableWideSimd } = await import('./dist/node.mjs');
  const fit = async () => {
    const x = Float32Array.from({ length: 300 * 24 }, (_, i) => Math.sin(i * i));
    const ae = new Autoencoder({ layers: [24, 16, 8], seed: 0, threads: 2 });
    await ae.fit({ data: x, shape: [300, 24] }, { epochs: 3 });
    return Array.from((await ae.encode({ data: x, shape: [300, 24] })).data).join();
  };
`;

function run(script: string): string {
  const args = ['--input-type=module', '-e', FIT + script];
  return execFileSync(process.execPath, args, { encoding: 'utf8' }).trim();
}

test('enableWideSimd returns whether it is on, each time the same, and does not change the bits', () => {
  const [first, second, noted, codes] = run(
    `console.log(enableWideSimd()); console.log(enableWideSimd());
    console.log(globalThis[Symbol.for('autoencoder-wasm.wide-simd')] === true);
    console.log(await fit());`,
  ).split('\n');
  const hasIt = Number.parseInt(process.versions.v8, 10) >= 13 && process.arch === 'x64';
  // Products choose their tiles by this global.
  expect([first, second, noted]).toEqual([`${hasIt}`, `${hasIt}`, `${hasIt}`]);
  expect(codes).toBe(run('console.log(await fit());'));
});

test('enableWideSimd is an error if called too late', () => {
  const message = run(
    'await fit(); try { enableWideSimd(); } catch (error) { console.log(error.message); }',
  );
  expect(message).toMatch(/^enableWideSimd must be called before the first model computes/);
});
