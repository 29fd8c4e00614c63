// One contender: a script, its job and its environment, run in a process of its own.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Answer, CategoryJob, EncodeJob, FitJob, QualityJob } from './jobs.js';
import type { Library } from './peers.js';
import { PYTHON } from './python.js';

export interface Contender {
  /** Unique in a run. */
  readonly key: string;
  readonly library: Library;
  /** How it was set, for a reader: `2 threads`. */
  readonly setting: string;
  /** In `contenders/`; a `.py` is given to Python. */
  readonly script: string;
  readonly job: FitJob | CategoryJob | EncodeJob | QualityJob;
  /** All of it; this process's if there is none. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Another Node to run it, with V8's wide vectors turned on; this process's if there is none. */
  readonly node?: string;
}

/** Far beyond what any of them needs. */
const TIME_LIMIT = 10 * 60_000;

/** Rejects with what the contender printed last, should it fail. */
export function run({ script, job, environment, node }: Contender): Promise<Answer> {
  const path = fileURLToPath(new URL(`contenders/${script}`, import.meta.url));
  // The flags that this process was started with are those that let Node run TypeScript.
  const [command, flags] = script.endsWith('.py')
    ? [PYTHON, []]
    : node
      ? [node, [...process.execArgv, '--experimental-wasm-revectorize']]
      : [process.execPath, process.execArgv];
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...flags, path, JSON.stringify(job)], {
      env: { ...(environment ?? process.env), STARTED_AT: `${Date.now()}` },
      timeout: TIME_LIMIT,
    });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      errors += text;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve(JSON.parse(output.trim().split('\n').at(-1) as string) as Answer);
      else reject(new Error(`${script} ended with ${code ?? signal}\n${errors.slice(-2000)}`));
    });
  });
}
