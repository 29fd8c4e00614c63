// Test runners, and tools that compile TypeScript for Node.

import { readFile } from 'node:fs/promises';
import type { Environment } from './list.js';
import { IMPORTING, outcomeIn, type Project } from './project.js';

/** A user's test, in CommonJS as in Jest by default. */
const REQUIRING_TEST = `
  const { writeFileSync } = require('node:fs');
  const { Autoencoder } = require('autoencoder-wasm');
  const { saveFile, loadFile } = require('autoencoder-wasm/node');
  const { experiment } = require('./experiment.cjs');
  test('the library works', async () => {
    writeFileSync('outcome.json', JSON.stringify(await experiment(Autoencoder)));
    await saveFile(new Autoencoder({ layers: [2, 1], seed: 0 }), 'model.safetensors');
    expect(await loadFile('model.safetensors')).toBeInstanceOf(Autoencoder);
  }, 60_000);
`;
const IMPORTING_TEST = `
  import { writeFileSync } from 'node:fs';
  import { Autoencoder } from 'autoencoder-wasm';
  import { experiment } from './experiment.EXTENSION';
  it('works', async () => {
    writeFileSync('outcome.json', JSON.stringify(await experiment(Autoencoder)));
  });
`;

async function written(project: Project) {
  return JSON.parse(await readFile(project.path('outcome.json'), 'utf8'));
}

function jest(version: string, environment: 'node' | 'jsdom', threads: number): Environment {
  const jsdom = environment === 'jsdom' ? [`jest-environment-jsdom@${version}`] : [];
  return {
    name: `Jest, ${environment}`,
    version,
    threads,
    packages: [`jest@${version}`, ...jsdom],
    async run(project) {
      await project.writeExperiment('cjs', 'experiment.cjs');
      await project.write('library.test.js', REQUIRING_TEST);
      await project.bin('jest', [`--env=${environment}`, '--rootDir=.']);
      return written(project);
    },
  };
}

const TS_JEST: Environment = {
  name: 'Jest with ts-jest',
  version: '29.4.15',
  threads: 2,
  packages: [
    'jest@29.7.0',
    'ts-jest@29.4.15',
    'typescript@5.9.3',
    '@types/jest@29.5.14',
    '@types/node@20.19.43',
  ],
  async run(project) {
    await project.writeExperiment('cjs', 'experiment.cjs');
    const test = IMPORTING_TEST.replace('EXTENSION', 'cjs').replace(
      /import (.*) from ('\.\/.*')/,
      'const $1 = require($2)',
    );
    await project.write('library.test.ts', test);
    await project.write(
      'jest.config.js',
      "module.exports = { preset: 'ts-jest', testTimeout: 60_000 };",
    );
    await project.bin('jest', []);
    return written(project);
  },
};

const VITEST: Environment = {
  name: 'Vitest',
  version: '5.1.2',
  threads: 2,
  packages: ['vitest@5.1.2'],
  async run(project) {
    await project.writeExperiment('esm', 'experiment.mjs');
    const test = `import { it } from 'vitest';\n${IMPORTING_TEST.replace('EXTENSION', 'mjs')}`;
    await project.write('library.test.mjs', test);
    await project.write('vitest.config.mjs', 'export default { test: { testTimeout: 60_000 } };');
    await project.bin('vitest', ['run', '--root', '.']);
    return written(project);
  },
};

const MOCHA: Environment = {
  name: 'Mocha',
  version: '11.8.0',
  threads: 2,
  packages: ['mocha@11.8.0'],
  async run(project) {
    await project.writeExperiment('esm', 'experiment.mjs');
    await project.write('library.test.mjs', IMPORTING_TEST.replace('EXTENSION', 'mjs'));
    await project.bin('mocha', ['--timeout=60000', 'library.test.mjs']);
    return written(project);
  },
};

const TSX: Environment = {
  name: 'tsx',
  version: '4.23.15',
  threads: 2,
  packages: ['tsx@4.23.15', 'esbuild@0.28.2'],
  async run(project) {
    await project.writeExperiment('esm', 'experiment.mjs');
    await project.write('main.mts', IMPORTING);
    return outcomeIn(await project.bin('tsx', ['main.mts']));
  },
};

const TS_NODE: Environment = {
  name: 'ts-node',
  version: '10.9.2',
  threads: 2,
  packages: ['ts-node@10.9.2', 'typescript@5.9.3', '@types/node@20.19.43'],
  async run(project) {
    await project.writeExperiment('cjs', 'experiment.cjs');
    const program = IMPORTING.replace(
      /import (.*) from ('\.\/.*)\.mjs'/,
      "const $1 = require($2.cjs')",
    );
    await project.write('main.ts', program);
    await project.write('tsconfig.json', '{ "compilerOptions": { "target": "es2022" } }');
    return outcomeIn(await project.bin('ts-node', ['main.ts']));
  },
};

/** Stores wrap their values in a Proxy, and Vue unwraps refs. */
const VUE: Environment = {
  name: 'Vue with Pinia',
  version: '3.5.45',
  threads: 2,
  packages: ['vue@3.5.45', 'pinia@4.1.0'],
  async run(project) {
    await project.writeExperiment('esm', 'experiment.mjs');
    await project.write(
      'main.mjs',
      `import { createPinia, defineStore, setActivePinia } from 'pinia';
       import { reactive, ref } from 'vue';
       import { Autoencoder } from 'autoencoder-wasm';
       import { experiment } from './experiment.mjs';
       setActivePinia(createPinia());
       const store = defineStore('store', { state: () => ({ model: undefined }) })();
       function Held(options) {
         store.model = ref(reactive(new Autoencoder(options))).value;
         return store.model;
       }
       experiment(Held).then((outcome) => console.log('OUTCOME ' + JSON.stringify(outcome)));`,
    );
    return outcomeIn(await project.run(process.execPath, ['main.mjs']));
  },
};

export const RUNNERS: readonly Environment[] = [
  jest('27.5.1', 'node', 2),
  jest('27.5.1', 'jsdom', 2),
  jest('29.7.0', 'node', 2),
  jest('29.7.0', 'jsdom', 2),
  jest('30.5.2', 'node', 2),
  jest('30.5.2', 'jsdom', 2),
  TS_JEST,
  VITEST,
  MOCHA,
  TSX,
  TS_NODE,
  VUE,
];
