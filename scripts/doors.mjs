// The library's doors for Node: one copy of the library in dist/core.cjs, and for each door a .cjs that
// is required and a .mjs that is imported, both of them around that copy. So whoever imports here and
// requires there has the same classes. Bundlers take tsc's modules instead, which they can shake.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { build } from 'esbuild';

export const DOORS = ['index', 'node', 'onnx', 'table', 'series', 'anomalies', 'data'];
/** Those of them that have classes of their own: what is imported is then what is required. */
const OF_CLASSES = ['table', 'series', 'anomalies', 'data'];

/** @type {import('esbuild').BuildOptions} */
const OPTIONS = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  charset: 'utf8',
  // Names stay, for the traces of errors.
  minifyWhitespace: true,
  logLevel: 'warning',
};

/**
 * dist/core.cjs, and the .cjs and .mjs of each door.
 * @param {Record<string, import('esbuild').BuildOptions>} ofDoors what a door is built with besides
 */
export async function writeDoors(ofDoors) {
  // What src/index.ts is made of is the core; what a door has besides comes with the door.
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
    for (const format of /** @type {const} */ (['cjs', 'esm'])) {
      if (format === 'esm' && OF_CLASSES.includes(door)) continue;
      await build({
        ...OPTIONS,
        entryPoints: [`src/${door}.ts`],
        outfile: `dist/${door}.${format === 'cjs' ? 'cjs' : 'mjs'}`,
        format,
        plugins: [plugin],
        ...ofDoors[door],
      });
    }
  }
  for (const door of OF_CLASSES) {
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

/** What the declarations mention of the DOM, with its type parameters. */
const GLOBALS = { AbortSignal: '', TransformStream: '<I, O>', URL: '' };

/** A declaration that TypeScript takes from 4.7 on, and without the DOM's types. */
function forAnyCompiler(name, text) {
  // Typed arrays have a type parameter since 5.7; a slice has memory of its own in all versions.
  const own = text.replace(/\b(\w+Array)<ArrayBuffer>/g, "ReturnType<$1['slice']>");
  // Not in comments, not as the name of a value.
  const code = own.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
  const used = Object.keys(GLOBALS).filter((name) => new RegExp(`\\b${name}\\b`).test(code));
  if (used.length === 0) return own;
  const names = used.map((name) => `Global${name} as ${name}`);
  return `import type { ${names.join(', ')} } from '${pathFrom(name, 'globals')}.cjs';\n${own}`;
}

/** What a module of dist/ calls another one, both without their endings. */
function pathFrom(module, other) {
  const path = relative(dirname(module), other);
  return path.startsWith('.') ? path : `./${path}`;
}

/**
 * The types, which are one copy too: tsc's declarations as .d.cts, as far as the doors need them, and
 * the .d.ts of each door hands those on. A class with private fields that was declared twice would
 * be two types.
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
