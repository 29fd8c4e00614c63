// Writes the library's entry points for Node: one copy of the library in dist/core.cjs, and for each entry
// point a .cjs to require and a .mjs to import, both of which use that copy. So code that imports and code
// that requires get the same classes. Bundlers use tsc's modules instead, which they can tree-shake.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { build } from 'esbuild';

export const DOORS = ['index', 'node', 'onnx', 'table', 'series', 'anomalies', 'data'];

/** @type {import('esbuild').BuildOptions} */
const OPTIONS = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  charset: 'utf8',
  // Names are kept for readable stack traces.
  minifyWhitespace: true,
  logLevel: 'warning',
};

/**
 * Writes dist/core.cjs, and the .cjs and .mjs of each entry point.
 * @param {Record<string, import('esbuild').BuildOptions>} ofDoors additional build options of an entry
 * point
 */
export async function writeDoors(ofDoors) {
  // The modules that src/index.ts includes are the core; other modules stay with their entry point.
  const { metafile } = await build({
    ...OPTIONS,
    entryPoints: ['src/index.ts'],
    metafile: true,
    write: false,
  });
  const core = new Set(Object.keys(metafile?.inputs ?? {}).map((path) => resolve(path)));
  const asked = new Set();
  const plugin = {
    name: 'what is in core.cjs, from there',
    setup({ onResolve }) {
      onResolve({ filter: /^\.{1,2}\/.+\.js$/ }, ({ path, resolveDir }) => {
        const file = join(resolveDir, `${path.slice(0, -3)}.ts`);
        if (!core.has(file)) return undefined;
        asked.add(file);
        return { path: './core.cjs', external: true };
      });
    },
  };
  for (const door of DOORS) {
    await build({
      ...OPTIONS,
      entryPoints: [`src/${door}.ts`],
      outfile: `dist/${door}.cjs`,
      format: 'cjs',
      plugins: [plugin],
      ...ofDoors[door],
    });
    // Not from core.cjs: Node scans all of a CommonJS module that is imported for the names it exports. In
    // Node 20, that took 25 ms for core.cjs, of 110 ms from the import to the first code.
    writeFileSync(`dist/${door}.mjs`, `export * from './${door}.cjs';\n`);
  }
  const contents = [...asked].sort().map((file) => `export * from './${relative('src', file)}';`);
  await build({
    ...OPTIONS,
    stdin: { contents: contents.join('\n'), resolveDir: 'src' },
    outfile: 'dist/core.cjs',
    format: 'cjs',
  });
}

/** The DOM types that the declarations mention, with their type parameters. */
const GLOBALS = { AbortSignal: '', TransformStream: '<I, O>', URL: '' };

/** Makes a declaration work with TypeScript 4.7 and later, and without the DOM's types. */
function forAnyCompiler(name, text) {
  // Typed arrays have a type parameter since 5.7. The return type of `slice` has its own buffer in all
  // versions.
  const own = text.replace(/\b(\w+Array)<ArrayBuffer>/g, "ReturnType<$1['slice']>");
  // The names must be types: neither in comments nor names of values.
  const code = own.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
  const used = Object.keys(GLOBALS).filter((name) => new RegExp(`\\b${name}\\b`).test(code));
  if (used.length === 0) return own;
  const names = used.map((name) => `Global${name} as ${name}`);
  return `import type { ${names.join(', ')} } from '${pathFrom(name, 'globals')}.cjs';\n${own}`;
}

/** The import path from one module of dist/ to another, both given without extension. */
function pathFrom(module, other) {
  const path = relative(dirname(module), other);
  return path.startsWith('.') ? path : `./${path}`;
}

/**
 * Writes the types, which are one copy too: tsc's declarations as .d.cts, as far as the entry points need
 * them, and a .d.ts for each entry point that re-exports them. A class with private fields that was
 * declared twice would be two types.
 */
export function writeTypes(doors) {
  const needed = new Set(doors);
  for (const name of needed) {
    const text = readFileSync(`dist/${name}.d.ts`, 'utf8');
    const own = text.replace(/(?<=['"])(\.{1,2}\/[a-z/-]+)\.js(?=['"])/g, (_, other) => {
      needed.add(join(dirname(name), other));
      return `${other}.cjs`;
    });
    writeFileSync(`dist/${name}.d.cts`, forAnyCompiler(name, own));
  }
  const aliases = Object.entries(GLOBALS).map(([name, parameters]) => {
    return `// @ts-ignore\nexport type Global${name}${parameters} = ${name}${parameters};\n`;
  });
  const why = '// Of the DOM or of Node: any, for a compiler that is told of neither.\n';
  writeFileSync('dist/globals.d.cts', why + aliases.join(''));
  for (const door of doors) {
    writeFileSync(`dist/${door}.d.ts`, `export * from './${door}.cjs';\n`);
  }
}
