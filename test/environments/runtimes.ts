// JavaScript runtimes without a page: Node, Bun, Deno, and workerd, which runs Cloudflare Workers.

import type { Environment } from './list.js';
import { IMPORTING, outcomeIn, type Project, REQUIRING } from './project.js';

const ARCHITECTURE = process.arch === 'arm64' ? 'aarch64' : process.arch;

async function imported(project: Project, program: string, args: string[] = []) {
  await project.writeExperiment('esm', 'experiment.mjs');
  await project.write('main.mjs', IMPORTING);
  return outcomeIn(await project.run(program, [...args, 'main.mjs']));
}

async function required(project: Project, program: string, args: string[] = []) {
  await project.writeExperiment('cjs', 'experiment.cjs');
  await project.write('main.cjs', REQUIRING);
  return outcomeIn(await project.run(program, [...args, 'main.cjs']));
}

function node(version: string, threads = 2, how = imported): Environment {
  const package_ = `node-${process.platform}-${process.arch}`;
  return {
    name: how === imported ? 'Node' : 'Node, required',
    version,
    threads,
    packages: [`${package_}@${version}`],
    run: (project) => how(project, project.path('node_modules', package_, 'bin/node')),
  };
}

/** With V8's flag, as enableWideSimd sets it: the bits must be the same. */
function wide(version: string): Environment {
  const program = (project: Project) =>
    project.path('node_modules', `node-${process.platform}-${process.arch}`, 'bin/node');
  return {
    ...node(version),
    name: 'Node, wide SIMD',
    run: (project) => imported(project, program(project), ['--experimental-wasm-revectorize']),
  };
}

function bun(version: string, threads = 2): Environment {
  const package_ = `@oven/bun-${process.platform}-${ARCHITECTURE}`;
  return {
    name: 'Bun',
    version,
    threads,
    packages: [`${package_}@${version}`],
    run: (project) => imported(project, project.path('node_modules', package_, 'bin/bun')),
  };
}

const DENO: Environment = {
  name: 'Deno',
  version: '2.9.6',
  threads: 2,
  packages: [`@deno/${process.platform}-${process.arch}-glibc@2.9.6`],
  run: (project) => {
    const program = `node_modules/@deno/${process.platform}-${process.arch}-glibc/deno`;
    return imported(project, project.path(program), ['run', '-A', '--node-modules-dir=manual']);
  },
};

/** Workers may not compile WebAssembly, so the runtime compiles it for them: see src/edge.ts. */
const WORKERD: Environment = {
  name: 'workerd (Cloudflare Workers)',
  version: '1.20261117.1',
  threads: 0,
  packages: ['miniflare@4.20260730.0', 'esbuild@0.28.2', 'workerd@1.20261117.1'],
  async run(project) {
    await project.writeExperiment('esm', 'experiment.mjs');
    await project.write(
      'worker.mjs',
      `import { Autoencoder } from 'autoencoder-wasm';
       import { experiment } from './experiment.mjs';
       export default {
         fetch: async () => Response.json(await experiment(Autoencoder)),
       };`,
    );
    // Like Wrangler: the binary stays a file, which the runtime compiles.
    await project.write(
      'main.mjs',
      `import { build } from 'esbuild';
       import { Miniflare } from 'miniflare';
       import { copyFileSync, readFileSync } from 'node:fs';
       const wasm = {
         name: 'wasm',
         setup: ({ onResolve }) => onResolve({ filter: /\\.wasm/ }, () => ({
           path: './strict.wasm', external: true,
         })),
       };
       const { outputFiles: [{ text }] } = await build({
         entryPoints: ['worker.mjs'], bundle: true, format: 'esm', write: false,
         conditions: ['workerd', 'worker', 'browser'], plugins: [wasm],
       });
       const contents = readFileSync('node_modules/autoencoder-wasm/dist/strict.wasm');
       const miniflare = new Miniflare({
         modulesRoot: '/w',
         modules: [
           { type: 'ESModule', path: '/w/main.mjs', contents: text },
           { type: 'CompiledWasm', path: '/w/strict.wasm', contents },
         ],
         compatibilityDate: '2026-01-01',
       });
       const answer = await miniflare.dispatchFetch('http://localhost/');
       console.log('OUTCOME ' + (await answer.text()));
       await miniflare.dispose();`,
    );
    return outcomeIn(await project.run(process.execPath, ['main.mjs']));
  },
};

export const RUNTIMES: readonly Environment[] = [
  node('20.10.0', 0, required),
  node('20.16.0'),
  node('20.16.0', 2, required),
  node('22.3.0', 2, required),
  node('22.23.3'),
  node('24.21.0'),
  node('26.10.0'),
  wide('24.21.0'),
  wide('26.10.0'),
  bun('1.1.20', 1),
  bun('1.2.0', 1),
  bun('1.2.23'),
  bun('1.3.5'),
  bun('1.4.5'),
  DENO,
  WORKERD,
];
