// A contender: a script, its job and its environment. Each runs in a process of its own.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Answer, Job } from './jobs.js';
import type { Library } from './peers.js';
import { PYTHON } from './python.js';

export interface Contender {
  /** Unique in a run. */
  readonly key: string;
  readonly library: Library;
  /** Its settings, for the reader: `2 threads`. */
  readonly setting: string;
  /** The file in `contenders/`; Python runs those that end in `.py`, Node alone those that end in `.mjs`. */
  readonly script: string;
  readonly job: Job;
  /** The whole environment. Default: that of this process. */
  readonly environment?: NodeJS.ProcessEnv;
  /** The path of another Node to run it in, with V8's wide vectors turned on. Default: this process's Node. */
  readonly node?: string;
}

/** Far more than any contender needs. */
const TIME_LIMIT = 10 * 60_000;

/** Rejects with the last lines that the contender printed if it fails. */
export function run({ script, job, environment, node }: Contender): Promise<Answer> {
  const path = fileURLToPath(new URL(`contenders/${script}`, import.meta.url));
  // Node needs the flags of this process to run TypeScript.
  const flagsOfNode = script.endsWith('.ts') ? process.execArgv : [];
  const [command, flags] = script.endsWith('.py')
    ? [PYTHON, []]
    : node
      ? [node, [...flagsOfNode, '--experimental-wasm-revectorize']]
      : [process.execPath, flagsOfNode];
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
