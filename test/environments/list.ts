// The environments that the library is tested in; docs/environments.md lists them for users.

import { BUILDERS } from './builders.js';
import { CHECKS } from './checks.js';
import { CHROMIUMS } from './chromiums.js';
import type { Outcome, Project } from './project.js';
import { RUNNERS } from './runners.js';
import { RUNTIMES } from './runtimes.js';

export interface Environment {
  readonly name: string;
  readonly version: string;
  /** How many threads train there; undefined where only types and manifests are read and nothing runs. */
  readonly threads?: number;
  /** The packages that are installed beside the library, as `name@version`. */
  readonly packages: readonly string[];
  /** Runs the experiment there. Where nothing runs, rejects with what is wrong. */
  run(project: Project): Promise<Outcome | undefined>;
}

export const ENVIRONMENTS: readonly Environment[] = [
  ...RUNTIMES,
  ...RUNNERS,
  ...BUILDERS,
  ...CHROMIUMS,
  ...CHECKS,
];

/** The environments for every pull request: one of each kind, and the oldest where age matters. */
const QUICK = [
  'Node 26.10.0',
  'Node, wide SIMD 24.21.0',
  'Node, required 20.16.0',
  'Bun 1.4.5',
  'workerd (Cloudflare Workers) 1.20261117.1',
  'Jest, jsdom 30.5.2',
  'Chromium, isolated page 92.0.0',
  'TypeScript 4.7.4',
  'TypeScript 7.0.2',
  'publint 0.3.25',
  'Are the types wrong? 0.18.5',
  'npm ls --omit=dev',
];

export function isQuick({ name, version }: Environment): boolean {
  return QUICK.includes(`${name} ${version}`.trim());
}

/** The table for docs/environments.md. */
export function table(): string {
  const row = (...cells: unknown[]) => `| ${cells.join(' | ')} |`;
  const rows = ENVIRONMENTS.map(({ name, version, threads }) => row(name, version, threads ?? ''));
  return [row('environment', 'version', 'threads'), '|---|---|---|', ...rows].join('\n');
}
