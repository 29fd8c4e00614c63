// Compilers and linters that read types and manifests and run nothing.

import type { Environment } from './list.js';

const PROGRAM = `
  import { Autoencoder, Matrix, type TrainingInput } from 'autoencoder-wasm';
  import { readCsv } from 'autoencoder-wasm/data';
  import { loadFile, saveFile } from 'autoencoder-wasm/node';
  import { toOnnx } from 'autoencoder-wasm/onnx';
  export async function main(ae: Autoencoder, rows: TrainingInput): Promise<number> {
    await ae.fit(rows, { epochs: 1 });
    const codes: Matrix = await ae.encode(new Float32Array(8));
    for (const code of codes) code.fill(codes.shape[1]);
    await saveFile(await loadFile('from'), 'to');
    const table = await (await readCsv('table')).readAll();
    return toOnnx(ae).length + table.shape[0];
  }
`;
/** Code that needs arrays with an ArrayBuffer of their own, as TypeScript requires since 5.9. */
const PAGE = `
  import { Autoencoder } from 'autoencoder-wasm';
  export async function main(ae: Autoencoder): Promise<void> {
    const codes = await ae.encode(new Float32Array(8));
    new Blob([codes.data, codes.row(0), ae.save()]);
    await crypto.subtle.digest('SHA-256', codes.data);
    const { signal } = new AbortController();
    await ae.fit(codes, { signal });
  }
`;

function typescript(version: string, withNode10: boolean): Environment {
  const modules = [
    ['node16', 'main.mts', ['es2020']],
    ['node16', 'main.cts', ['es2020']],
    ['node16', 'page.mts', ['es2020', 'dom']],
    ...(withNode10 ? [['node10', 'main.ts', ['es2020']] as const] : []),
  ] as const;
  return {
    name: 'TypeScript',
    version,
    packages: [`typescript@${version}`],
    async run(project) {
      for (const file of ['main.mts', 'main.cts', 'main.ts']) await project.write(file, PROGRAM);
      await project.write('page.mts', PAGE);
      for (const [resolution, file, lib] of modules) {
        const compilerOptions = {
          strict: true,
          noEmit: true,
          skipLibCheck: false,
          target: 'es2020',
          module: resolution === 'node10' ? 'commonjs' : resolution,
          moduleResolution: resolution === 'node10' ? 'node' : resolution,
          lib,
          types: [],
        };
        await project.write('tsconfig.json', JSON.stringify({ compilerOptions, files: [file] }));
        await project.bin('tsc', ['-p', '.']);
      }
      return undefined;
    },
  };
}

const ESLINT: Environment = {
  name: 'eslint-plugin-import',
  version: '2.32.0',
  packages: ['eslint@9.39.1', 'eslint-plugin-import@2.32.0'],
  async run(project) {
    await project.write('main.mjs', PROGRAM.replace(/, type \w+/, '').split('export')[0] as string);
    await project.write(
      'eslint.config.mjs',
      `import plugin from 'eslint-plugin-import';
       export default [{
         plugins: { import: plugin },
         rules: { 'import/no-unresolved': 'error', 'import/named': 'error' },
         languageOptions: { ecmaVersion: 2022, sourceType: 'module' },
       }];`,
    );
    await project.bin('eslint', ['main.mjs']);
    return undefined;
  },
};

const PUBLINT: Environment = {
  name: 'publint',
  version: '0.3.25',
  packages: ['publint@0.3.25'],
  async run(project) {
    const said = await project.bin('publint', ['run', '--strict', project.tarball]);
    if (!said.includes('All good!')) throw new Error(said);
    return undefined;
  },
};

/** worker.js is a standalone script that nobody imports. */
const ATTW: Environment = {
  name: 'Are the types wrong?',
  version: '0.18.5',
  packages: ['@arethetypeswrong/cli@0.18.5'],
  async run(project) {
    await project.bin('attw', [project.tarball, '--exclude-entrypoints', 'worker.js']);
    return undefined;
  },
};

const ALONE: Environment = {
  name: 'npm ls --omit=dev',
  version: '',
  packages: [],
  async run(project) {
    const said = await project.run('npm', [
      'ls',
      '--omit=dev',
      '--all',
      '--parseable',
      '--prefix',
      '.',
    ]);
    const packages = said.trim().split('\n').slice(1);
    if (packages.length !== 1) throw new Error(`there are ${packages.length}: ${packages}`);
    return undefined;
  },
};

export const CHECKS: readonly Environment[] = [
  typescript('4.7.4', true),
  typescript('5.0.4', true),
  typescript('5.6.3', true),
  typescript('5.9.3', true),
  typescript('7.0.2', false),
  ESLINT,
  PUBLINT,
  ATTW,
  ALONE,
];
