// Builds a project's main.js with each bundler, with its default settings.

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { rollup } from '@rollup/wasm-node';
import { build as esbuild } from 'esbuild';
import { createLogger, build as vite } from 'vite';
import webpack, { type Stats } from 'webpack';

export interface Built {
  /** The folder to serve. */
  readonly site: string;
  /** The script that the bundler wrote. */
  readonly code: string;
  readonly warnings: string[];
}

/** Builds the main.js of a folder; Vite builds its index.html. */
type Bundler = (folder: string) => Promise<Built>;

export type BundlerName = 'vite' | 'webpack' | 'esbuild' | 'rollup';

export const BUNDLERS: Record<BundlerName, Bundler> = {
  async vite(root) {
    const warnings: string[] = [];
    const warn = (message: string) => void warnings.push(message);
    const customLogger = { ...createLogger('silent'), warn, warnOnce: warn, error: warn };
    // With vitest's value 'test', Vite would build for development, with its warnings.
    const { NODE_ENV = '' } = process.env;
    process.env.NODE_ENV = 'production';
    try {
      await vite({ root, configFile: false, logLevel: 'warn', customLogger });
    } finally {
      process.env.NODE_ENV = NODE_ENV;
    }
    const site = join(root, 'dist');
    const assets = join(site, 'assets');
    const script = (await readdir(assets)).find((name) => /^index-.*\.js$/.test(name));
    return { site, code: await readFile(join(assets, script ?? 'index.js'), 'utf8'), warnings };
  },

  async webpack(context) {
    // By default webpack writes to dist/ in the current folder, which here is not the project's.
    const output = { path: join(context, 'dist') };
    const compiler = webpack({ context, entry: './main.js', mode: 'production', output });
    if (!compiler) throw new Error('webpack made no compiler');
    // The result is undefined only if a callback was given.
    const stats = (await promisify(compiler.run.bind(compiler))()) as Stats;
    await promisify(compiler.close.bind(compiler))();
    if (stats.hasErrors()) throw new Error(stats.toString('errors-only'));
    const { warnings = [] } = stats.toJson({ all: false, warnings: true });
    return written(
      context,
      warnings.map(({ message }) => message),
    );
  },

  async esbuild(folder) {
    const { warnings } = await esbuild({
      entryPoints: [join(folder, 'main.js')],
      outfile: join(folder, 'dist/main.js'),
      bundle: true,
      logLevel: 'silent',
    });
    return written(
      folder,
      warnings.map(({ text }) => text),
    );
  },

  // Rollup alone does not find packages; every setup has its plugin for that.
  async rollup(folder) {
    const warnings: string[] = [];
    const bundle = await rollup({
      input: join(folder, 'main.js'),
      plugins: [nodeResolve()],
      onLog: (level, { message }) => level === 'warn' && warnings.push(message),
    });
    await bundle.write({ file: join(folder, 'dist/main.js') });
    await bundle.close();
    return written(folder, warnings);
  },
};

async function written(folder: string, warnings: string[]): Promise<Built> {
  return { site: folder, code: await readFile(join(folder, 'dist/main.js'), 'utf8'), warnings };
}

/** Builds an app that consists only of this main.js, in a new folder of a project. */
export async function buildApp(bundler: Bundler, folder: string, main: string): Promise<Built> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'main.js'), main);
  const html = '<!doctype html><script type="module" src="/main.js"></script>';
  await writeFile(join(folder, 'index.html'), html);
  return bundler(folder);
}
