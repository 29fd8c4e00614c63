// The package as users get it: packed, and installed into an empty project.

import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, run, runIn } from './child.js';

/** What `npm pack` reports about a package. */
export interface Packed {
  filename: string;
  unpackedSize: number;
  files: { path: string }[];
}

export interface Installed {
  /** The project's folder, with the package in node_modules. */
  readonly project: string;
  readonly packed: Packed;
  /** What npm printed to standard error. */
  readonly warnings: string;
  remove(): Promise<void>;
}

/** The folder of the package that is published. */
export const PACKAGE = join(ROOT, 'build/package');

/** Packs the last build, and installs it into a project of its own. */
export async function installPackage(): Promise<Installed> {
  if (!existsSync(PACKAGE)) await run(process.execPath, ['scripts/build.mjs']);
  const project = await mkdtemp(join(tmpdir(), 'autoencoder-wasm-'));
  const pack = ['pack', PACKAGE, '--json', '--pack-destination', project];
  const [packed] = JSON.parse(await run('npm', pack)) as [Packed];
  await writeFile(join(project, 'package.json'), '{ "name": "empty", "private": true }\n');
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund'];
  // Inside `npm test`, npm's environment variables name this repository as the prefix.
  const install = ['install', '--prefix', project, ...quiet, `./${packed.filename}`];
  const { stderr: warnings } = await runIn(project, 'npm', install);
  return { project, packed, warnings, remove: () => rm(project, { recursive: true }) };
}
