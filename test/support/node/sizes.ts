// Measures the size of the library in a page, through each bundler: `npm run size` prints it.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { transform } from 'esbuild';
import { BUNDLERS, type BundlerName, buildApp } from './bundlers.js';
import { installPackage } from './installed.js';

/** Sizes in bytes. */
export interface Size {
  readonly minified: number;
  readonly gzip: number;
}

/** An app that uses everything in the library, and nothing else. */
const EVERYTHING = `
  import * as library from 'autoencoder-wasm';
  globalThis.library = { ...library };`;

/** What the package installed in a project adds to a page, per bundler. */
export async function sizes(
  project: string,
  bundlers = Object.keys(BUNDLERS) as BundlerName[],
): Promise<Record<string, Size>> {
  const single = 'node_modules/autoencoder-wasm/dist/autoencoder-wasm.min.js';
  const scripts = { 'single file': await readFile(join(project, single), 'utf8') };
  for (const name of bundlers) {
    const { code } = await buildApp(BUNDLERS[name], join(project, 'sizes', name), EVERYTHING);
    // Vite and webpack minify by default, esbuild only on request, Rollup not at all.
    const isMinified = name === 'vite' || name === 'webpack';
    const script = isMinified ? code : (await transform(code, { minify: true })).code;
    Object.assign(scripts, { [name]: script });
  }
  return Object.fromEntries(
    Object.entries(scripts).map(([name, script]) => [
      name,
      {
        minified: Buffer.byteLength(script),
        gzip: gzipSync(script, { level: 9 }).length,
      },
    ]),
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { project, remove } = await installPackage();
  try {
    console.table(await sizes(project));
  } finally {
    await remove();
  }
}
