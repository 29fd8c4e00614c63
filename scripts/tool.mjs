// Runs the commands of development tools, wherever the package manager installed them.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

/** The path of the script of a tool's command. */
export function script(name, command = name) {
  const manifest = require.resolve(`${name}/package.json`);
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
  return join(dirname(manifest), typeof bin === 'string' ? bin : bin[command]);
}

/** Runs a tool's command and waits for it to end. */
export function tool(name, command, args) {
  execFileSync(process.execPath, [script(name, command), ...args], { stdio: 'inherit' });
}
