// In Node, all entries share one copy of the library, so that the readers accept models of the other
// entries.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const SCORE = `
  import { readFileSync, writeFileSync } from 'node:fs';
  import { transformFile } from 'autoencoder-wasm/data';
  import { loadFile } from 'autoencoder-wasm/node';
  import { TableAutoencoder } from 'autoencoder-wasm/table';
  const rows = Array.from({ length: 60 }, (_, i) => ({ age: 20 + ((i * 7) % 50), city: ['Bern', 'Basel', 'Genf'][i % 3] }));
  const folder = process.env.FOLDER;
  const t = new TableAutoencoder({ layers: [8, 2], seed: 0 });
  await t.fit(rows, { epochs: 3 });
  writeFileSync(folder + '/t.safetensors', t.save());
  const ae = await loadFile(folder + '/t.safetensors');
  await transformFile(ae, 'score', { from: folder + '/rows.csv', to: folder + '/scores.csv' });
  const written = readFileSync(folder + '/scores.csv', 'utf8').trim().split('\\n').slice(1).map(Number);
  const { createRequire } = await import('node:module');
  const isOne = createRequire(process.cwd() + '/x.js')('autoencoder-wasm/data').transformFile === transformFile;
  console.log(JSON.stringify([written, Array.from(await t.score(rows)), isOne]));
`;

test('transformFile recognises the model of a table, and reads words', () => {
  const folder = mkdtempSync(join(tmpdir(), 'autoencoder-wasm-'));
  const rows = Array.from(
    { length: 60 },
    (_, i) => `${20 + ((i * 7) % 50)},${['Bern', 'Basel', 'Genf'][i % 3]}`,
  );
  writeFileSync(join(folder, 'rows.csv'), `age,city\n${rows.join('\n')}\n`);
  const answer = execFileSync(process.execPath, ['--input-type=module', '-e', SCORE], {
    encoding: 'utf8',
    env: { ...process.env, FOLDER: folder },
  });
  rmSync(folder, { recursive: true });
  const [written, scores, isOne] = JSON.parse(answer) as [number[], number[], boolean];
  expect(isOne).toBe(true);
  // A score is printed with enough digits to identify the float32.
  expect(written.map(Math.fround)).toEqual(scores);
});
