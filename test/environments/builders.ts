// Bundlers and frameworks with their default settings: their output is opened in the Chromium of the tests.

import { findChromium } from '../support/node/chromium.js';
import type { Environment } from './list.js';
import { openPage, REPORTING } from './page.js';
import { type Outcome, outcomeIn, type Project } from './project.js';

/** A bundler's entry, and the files it leaves to be served: a page, or a script next to our page. */
const KINDS = {
  page: {
    html: '<!doctype html><script type="module" src="./main.mjs"></script>',
    folder: 'dist',
  },
  script: {
    html: '<!doctype html><script type="module" src="/dist/main.js"></script>',
    folder: '.',
  },
} as const;

async function open(project: Project, folder: string, path: string): Promise<Outcome> {
  const chromium = findChromium();
  if (!chromium) throw new Error('no Chromium found (CHROME_BIN can name one)');
  return openPage(chromium, project.path(folder), path);
}

/** A bundler whose command builds dist/ from index.html, or dist/main.js from main.mjs. */
function bundler(
  kind: keyof typeof KINDS,
  name: string,
  version: string,
  packages: readonly string[],
  [bin, ...args]: readonly [string, ...string[]],
): Environment {
  const { html, folder } = KINDS[kind];
  return {
    name,
    version,
    threads: 2,
    packages,
    async run(project) {
      await project.writeExperiment('esm', 'experiment.mjs');
      await project.write('main.mjs', REPORTING);
      await project.write('index.html', html);
      await project.bin(bin, args);
      return open(project, folder, '/');
    },
  };
}

/** One route for each of Next's runtimes, requested from `next start`. */
function next(runtime: 'nodejs' | 'edge', threads: number): Environment {
  return {
    name: `Next, ${runtime}`,
    version: '16.4.6',
    threads,
    packages: ['next@16.4.6', 'react@19.3.1', 'react-dom@19.3.1'],
    async run(project) {
      await project.writeExperiment('esm', 'app/api/experiment.mjs');
      await project.write(
        'app/layout.jsx',
        'export default ({ children }) => <html><body>{children}</body></html>;',
      );
      await project.write('app/page.jsx', 'export default () => <p>page</p>;');
      await project.write(
        'app/api/route.js',
        `import { Autoencoder } from 'autoencoder-wasm';
         import { experiment } from './experiment.mjs';
         export const runtime = '${runtime}';
         export const dynamic = 'force-dynamic';
         export const GET = async () => Response.json(await experiment(Autoencoder));`,
      );
      await project.run(project.path('node_modules/.bin/next'), ['build'], {
        NEXT_TELEMETRY_DISABLED: '1',
      });
      await project.write(
        'ask.mjs',
        `import { spawn } from 'node:child_process';
         const args = ['node_modules/next/dist/bin/next', 'start', '-H', '127.0.0.1', '-p', '0'];
         const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
         let text = '';
         for await (const chunk of server.stdout) {
           text += chunk;
           const url = /http:\\/\\/127\\.0\\.0\\.1:[1-9]\\d*/.exec(text)?.[0];
           if (!url || !text.includes('Ready')) continue;
           const answer = await fetch(url + '/api');
           console.log('OUTCOME ' + (await answer.text()));
           break;
         }
         server.kill();`,
      );
      return outcomeIn(await project.run(process.execPath, ['ask.mjs']));
    },
  };
}

export const BUILDERS: readonly Environment[] = [
  bundler('page', 'Vite', '8.3.8', ['vite@8.3.8'], ['vite', 'build', '--logLevel=warn']),
  bundler(
    'page',
    'Parcel',
    '2.16.4',
    ['parcel@2.16.4'],
    ['parcel', 'build', 'index.html', '--no-cache'],
  ),
  bundler(
    'script',
    'webpack',
    '5.113.0',
    ['webpack@5.113.0', 'webpack-cli@6.0.1'],
    ['webpack', '--mode=production', '--entry=./main.mjs'],
  ),
  bundler(
    'script',
    'Rspack',
    '2.3.3',
    ['@rspack/core@2.3.3', '@rspack/cli@2.2.8'],
    ['rspack', 'build', '--mode=production', '--entry=./main.mjs'],
  ),
  bundler(
    'script',
    'esbuild',
    '0.28.2',
    ['esbuild@0.28.2'],
    ['esbuild', 'main.mjs', '--bundle', '--outfile=dist/main.js'],
  ),
  bundler(
    'script',
    'Rolldown',
    '1.3.2',
    ['rolldown@1.3.2'],
    ['rolldown', 'main.mjs', '--file=dist/main.js'],
  ),
  next('nodejs', 2),
  next('edge', 0),
];
