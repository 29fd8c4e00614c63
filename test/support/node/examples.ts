// Runs examples in processes of their own.

import { spawnSync } from 'node:child_process';
import { expect } from 'vitest';
import { ROOT } from './child.js';

/** Runs a program with Node until it ends. */
export function node(...args: string[]) {
  return spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
}

/** Runs the experiment with these flags. */
export function experiment(...flags: string[]) {
  return node('--import', 'tsx', 'examples/experiment/main.ts', ...flags);
}

/** Runs an example. Returns what it prints, and the numbers in it by the text in front of them. */
export function runExample(name: string) {
  const { status, stdout, stderr } = node(`examples/${name}.mjs`);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const numberAfter = (text: string) => Number(stdout.split(text)[1]?.match(/^ *([\d.]+)/)?.[1]);
  return { stdout, numberAfter };
}
