// assembly/ -> build/*.wasm -> src/generated/*.ts -> dist/ -> build/package/: all the steps that
// scripts/build.mjs runs, in the repository's root, when something has changed.
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { build, buildSync } from 'esbuild';
import { abiSource } from './abi.mjs';
import { binariesSource, compiled } from './binaries.mjs';
import { DOORS, writeDoors, writeTypes } from './doors.mjs';
import { writePackage } from './package.mjs';
import { tool } from './tool.mjs';

/** Bundles a file and all its imports as one minified script. */
function bundle(entry, /** @type {import('esbuild').Format} */ format, js = '') {
  const options = {
    bundle: true,
    minify: true,
    target: 'es2022',
    write: /** @type {const} */ (false),
  };
  const { outputFiles } = buildSync({ entryPoints: [entry], format, banner: { js }, ...options });
  return outputFiles[0].text;
}

/** The comment that opens a bundled file. */
function banner() {
  const { name, version, license } = JSON.parse(readFileSync('package.json', 'utf8'));
  return `/*! ${name} ${version}, ${license} */`;
}

/** Build options for the programs of src/cli/, which include the parsers they use. */
function programOptions() {
  // The licences of these packages must be in every copy.
  const licences = ['yauzl', 'pend', 'hyparquet'].map((name) => {
    const text = readFileSync(`node_modules/${name}/LICENSE`, 'utf8').trim();
    return `/*! With ${name}, under this licence:\n\n${text}\n*/`;
  });
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  return {
    minify: true,
    define: { VERSION: JSON.stringify(version) },
    banner: { js: licences.join('\n') },
  };
}

/** Bundles src/cli/ as one program. It imports the library when it needs it, and does not contain it. */
async function bundleProgram(entry, outfile) {
  const { banner, ...options } = programOptions();
  // For parsers that are CommonJS and require Node's modules.
  const prepare =
    "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);";
  await build({
    ...options,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    banner: { js: `${banner.js}\n${prepare}` },
    plugins: [
      {
        name: 'the library, from dist/',
        setup({ onResolve }) {
          const source = join(process.cwd(), 'src');
          onResolve({ filter: /^\.{1,2}\// }, ({ path, resolveDir }) => {
            const [from, to] = [resolveDir, join(resolveDir, path)].map((each) =>
              relative(source, each),
            );
            if (!/^cli\b/.test(from) || /^cli\b/.test(to)) return undefined;
            return { path: `./${to}`, external: true };
          });
        },
      },
    ],
  });
}

rmSync('dist', { recursive: true, force: true });
mkdirSync('build', { recursive: true });
mkdirSync('src/generated', { recursive: true });
writeFileSync('src/generated/abi.ts', abiSource());
const binaries = [compiled('strict'), compiled('fast')];
writeFileSync('src/generated/binaries.ts', binariesSource(binaries));
const worker = bundle('src/worker.ts', 'iife');
writeFileSync(
  'src/generated/worker.ts',
  `// src/worker.ts, bundled by scripts/steps.mjs\nexport default ${JSON.stringify(worker)} as string;\n`,
);
tool('typescript', 'tsc', []);
// With Node's types, which the rest of src/ must not use.
tool('typescript', 'tsc', ['--project', 'tsconfig.node.json']);
// For src/edge.ts.
copyFileSync('build/strict.wasm', 'dist/strict.wasm');
// For pages that may not start a blob: worker. It replaces tsc's module, which nothing imports.
writeFileSync('dist/worker.js', worker);
// The whole library in one file, for pages without a bundler.
writeFileSync('dist/autoencoder-wasm.min.js', bundle('src/index.ts', 'esm', banner()));
await bundleProgram('src/cli/main.ts', 'dist/cli.js');
chmodSync('dist/cli.js', 0o755);
// The same readers as an entry point of their own. Both bundles contain src/cli/, so tsc's files are
// removed.
await bundleProgram('src/data.ts', 'dist/data.js');
rmSync('dist/cli', { recursive: true, force: true });
await writeDoors({ data: programOptions() });
writeTypes(DOORS);
writePackage();
