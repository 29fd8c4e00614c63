// Finds programs that some tests need and not every machine has.

import { execFileSync } from 'node:child_process';
import { accessSync } from 'node:fs';
import { createRequire } from 'node:module';
import { PATIENCE_MS } from './wait.js';

/** Debian's Python, which has the modules of Debian's packages. */
export const PYTHON = '/usr/bin/python3';

/**
 * Whether to run the tests that need `name`. If it is missing, prints a line saying so; with CI set, throws
 * an error instead.
 */
function available(name: string, find: () => unknown, install: string): boolean {
  try {
    find();
    return true;
  } catch {
    const message = `${name} is not installed (${install}): its tests are left out`;
    if (process.env.CI) throw new Error(message);
    console.log(message);
    return false;
  }
}

export function hasPython(module: string): boolean {
  const options = { stdio: 'ignore', timeout: PATIENCE_MS } as const;
  const find = () => execFileSync(PYTHON, ['-c', `import ${module}`], options);
  return available(module, find, `apt-get install python3-${module}`);
}

/** Whether the program of the Debian package of this name is installed. */
export function hasProgram(name: string, versionFlag: string): boolean {
  const find = () => execFileSync(name, [versionFlag], { stdio: 'ignore', timeout: PATIENCE_MS });
  return available(name, find, `apt-get install ${name}`);
}

/** Whether the data of this Debian package are installed. */
export function hasData(name: string, path: string): boolean {
  return available(name, () => accessSync(path), `apt-get install ${name}`);
}

/** The path of a package that is installed for the benchmark. */
export function peer(name: string): string | undefined {
  const { resolve } = createRequire(new URL('../../../bench/peers/package.json', import.meta.url));
  const install = 'npm ci --ignore-scripts --prefix bench/peers';
  return available(name, () => resolve(name), install) ? resolve(name) : undefined;
}
