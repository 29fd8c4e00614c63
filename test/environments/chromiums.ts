// Old and new Chromiums, as packed by @sparticuz/chromium, only for x64.

import { chmod, readFile, writeFile } from 'node:fs/promises';
import { brotliDecompressSync } from 'node:zlib';
import type { Environment } from './list.js';
import { openPage, REPORTING } from './page.js';

function chromium(version: string, threads: number): Environment {
  const isolated = threads > 1;
  return {
    name: isolated ? 'Chromium, isolated page' : 'Chromium, page that is not isolated',
    version,
    threads,
    packages: [`@sparticuz/chromium@${version}`],
    async run(project) {
      const packed = project.path('node_modules/@sparticuz/chromium/bin/chromium.br');
      const executable = project.path('chromium');
      await writeFile(executable, brotliDecompressSync(await readFile(packed)));
      await chmod(executable, 0o755);
      await project.writeExperiment('esm', 'experiment.mjs');
      const single = '/node_modules/autoencoder-wasm/dist/autoencoder-wasm.min.js';
      await project.write('main.mjs', REPORTING.replace('autoencoder-wasm', single));
      await project.write('index.html', '<script type="module" src="/main.mjs"></script>');
      return openPage(executable, project.folder, '/', isolated);
    },
  };
}

export const CHROMIUMS: readonly Environment[] = [
  chromium('92.0.0', 2),
  chromium('107.0.0', 2),
  chromium('107.0.0', 1),
  chromium('114.0.0', 2),
  chromium('123.0.1', 2),
  chromium('138.0.2', 2),
  chromium('153.0.0', 2),
  chromium('153.0.0', 1),
];
