// assembly/ -> build/*.wasm -> src/generated/*.ts -> dist/ -> build/package/
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, buildSync } from 'esbuild';
import { abiSource } from './abi.mjs';
import { DOORS, writeDoors, writeTypes } from './doors.mjs';
import { writePackage } from './package.mjs';

process.chdir(join(dirname(fileURLToPath(import.meta.url)), '..'));
const require = createRequire(import.meta.url);

/** Runs a development tool's command, wherever the package manager put it. */
function tool(name, command, args) {
  const manifest = require.resolve(`${name}/package.json`);
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
  const script = join(dirname(manifest), typeof bin === 'string' ? bin : bin[command]);
  execFileSync(process.execPath, [script, ...args], { stdio: 'inherit' });
}

/** A file and all it imports, as one minified script. */
function bundle(entry, format, js = '') {
  const options = { bundle: true, minify: true, target: 'es2022', write: false };
  const { outputFiles } = buildSync({ entryPoints: [entry], format, banner: { js }, ...options });
  return outputFiles[0].text;
}

/** What the single file is. */
function banner() {
  const { name, version, license } = JSON.parse(readFileSync('package.json', 'utf8'));
  return `/*! ${name} ${version}, ${license} */`;
}

/**
 * src/cli/ and the parsers it uses, as one program beside the library, which it imports when it needs
 * it; as CommonJS, with what it needs of that.
 */
async function bundleProgram(entry, outfile, format = 'esm') {
  const bundled = ['yauzl', 'pend'];
  // Their licences ask to be in every copy.
  const licences = bundled.map((name) => {
    const text = readFileSync(`node_modules/${name}/LICENSE`, 'utf8').trim();
    return `/*! With ${name}, under this licence:\n\n${text}\n*/`;
  });
  // For those of them that are CommonJS and require Node's modules.
  const prepare =
    format === 'esm'
      ? "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);"
      : '';
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    format,
    target: 'node20',
    define: { VERSION: JSON.stringify(version) },
    banner: { js: [...licences, prepare].join('\n') },
    plugins: [
      {
        name: 'the library, from dist/',
        setup({ onResolve }) {
          if (format === 'cjs') return;
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

/**
 * Binaries as a text that compresses well: 16 KB with gzip, where base64 comes to 22. src/engine/binaries.ts
 * reads it. They are nearly the same, so they are cut into parts that lie side by side, within gzip's
 * window of 32 KB; and every byte is a character, or an escape and a character where it is rare.
 */
function asText(binaries) {
  const parts = 8;
  const cut = (binary, i) => Math.floor((binary.length * i) / parts);
  const bytes = Buffer.concat(
    Array.from({ length: parts }, (_, i) =>
      binaries.map((binary) => binary.subarray(cut(binary, i), cut(binary, i + 1))),
    ).flat(),
  );
  const counts = new Array(256).fill(0);
  for (const byte of bytes) counts[byte]++;
  const order = [...counts.keys()].sort((a, b) => counts[b] - counts[a] || a - b);
  // Printable, and nothing that a script, a template or a page would read as its own.
  const alphabet = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).filter(
    (character) => !'"\'\\`$<>&'.includes(character),
  );
  const escapes = alphabet.splice(-2);
  const codes = new Array(256);
  for (const [rank, byte] of order.entries()) {
    const [row, column] = [Math.floor(rank / alphabet.length), rank % alphabet.length];
    codes[byte] = (row === 0 ? '' : escapes[row - 1]) + alphabet[column];
  }
  return {
    alphabet: alphabet.join(''),
    escapes: escapes.join(''),
    order: Buffer.from(order).toString('hex'),
    parts,
    lengths: binaries.map(({ length }) => length),
    text: Array.from(bytes, (byte) => codes[byte]).join(''),
  };
}

rmSync('dist', { recursive: true, force: true });
mkdirSync('build', { recursive: true });
mkdirSync('src/generated', { recursive: true });
writeFileSync('src/generated/abi.ts', abiSource());
const binaries = ['strict', 'fast'].map((target) => {
  // AS112 warns of v128 in signatures between our own files; none crosses to JavaScript.
  tool('assemblyscript', 'asc', ['--target', target, '--disableWarning', '112']);
  return readFileSync(`build/${target}.wasm`);
});
writeFileSync(
  'src/generated/binaries.ts',
  `// build/*.wasm, by scripts/build.mjs\nexport default ${JSON.stringify(asText(binaries))} as const;\n`,
);
const worker = bundle('src/worker.ts', 'iife');
writeFileSync(
  'src/generated/worker.ts',
  `// src/worker.ts, bundled by scripts/build.mjs\nexport default ${JSON.stringify(worker)} as string;\n`,
);
tool('typescript', 'tsc', []);
// With Node's types, which the rest of src/ must do without.
tool('typescript', 'tsc', ['--project', 'tsconfig.node.json']);
// For src/edge.ts.
copyFileSync('build/strict.wasm', 'dist/strict.wasm');
// In the place of tsc's module, which nothing imports: for pages that may not start a blob: worker.
writeFileSync('dist/worker.js', worker);
// All in one file, for pages without a bundler.
writeFileSync('dist/autoencoder-wasm.min.js', bundle('src/index.ts', 'esm', banner()));
await bundleProgram('src/cli/main.ts', 'dist/cli.js');
chmodSync('dist/cli.js', 0o755);
// The same readers as a door of their own; tsc's files of src/cli/ are in both bundles.
await bundleProgram('src/data.ts', 'dist/data.js');
await bundleProgram('src/data.ts', 'dist/data.cjs', 'cjs');
rmSync('dist/cli', { recursive: true, force: true });
await writeDoors();
writeTypes([...DOORS, 'data']);
writePackage();
