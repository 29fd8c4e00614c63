// The package as users get it: packed, and installed into an empty project.

import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, run, runIn } from './child.js';

/** What `npm pack` says of a package. */
export interface Packed {
  filename: string;
  unpackedSize: number;
  files: { path: string }[];
}

export interface Installed {
  /** The project's folder, with the package in node_modules. */
  readonly project: string;
  readonly packed: Packed;
  remove(): Promise<void>;
}

/** Packs what the last build made, and installs it into a project of its own. */
export async function installPackage(): Promise<Installed> {
  if (!existsSync(join(ROOT, 'dist/index.js'))) await run(process.execPath, ['scripts/build.mjs']);
  const project = await mkdtemp(join(tmpdir(), 'autoencoder-wasm-'));
  // Without scripts: `prepare` would build once more.
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', project];
  const [packed] = JSON.parse(await run('npm', pack)) as [Packed];
  await writeFile(join(project, 'package.json'), '{ "name": "empty", "private": true }\n');
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund'];
  // Inside `npm test`, npm's environment names this repository as the prefix.
  const install = ['install', '--prefix', project, ...quiet, `./${packed.filename}`];
  await runIn(project, 'npm', install);
  return { project, packed, remove: () => rm(project, { recursive: true }) };
}
