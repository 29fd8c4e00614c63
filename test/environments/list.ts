// What the library is opened in; docs/environments.md tells it to users.

import { BUILDERS } from './builders.js';
import { CHECKS } from './checks.js';
import { CHROMIUMS } from './chromiums.js';
import type { Outcome, Project } from './project.js';
import { RUNNERS } from './runners.js';
import { RUNTIMES } from './runtimes.js';

export interface Environment {
  readonly name: string;
  readonly version: string;
  /** How many threads train there; undefined where nothing runs, and only types and manifests are read. */
  readonly threads?: number;
  /** What is installed beside the library, as `name@version`. */
  readonly packages: readonly string[];
  /** Does the experiment there, or, where nothing runs, rejects with what is wrong. */
  run(project: Project): Promise<Outcome | undefined>;
}

export const ENVIRONMENTS: readonly Environment[] = [
  ...RUNTIMES,
  ...RUNNERS,
  ...BUILDERS,
  ...CHROMIUMS,
  ...CHECKS,
];

/** Those that every pull request is tried in: one of each kind, and the oldest where age matters. */
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

/** The table of docs/environments.md. */
export function table(): string {
  const row = (...cells: unknown[]) => `| ${cells.join(' | ')} |`;
  const rows = ENVIRONMENTS.map(({ name, version, threads }) => row(name, version, threads ?? ''));
  return [row('environment', 'version', 'threads'), '|---|---|---|', ...rows].join('\n');
}
