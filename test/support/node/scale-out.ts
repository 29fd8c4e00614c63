// Runs the commands of examples/scale-out: workers in processes of their own, the others in this one.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import * as commands from '../../../examples/scale-out/commands.js';
import { ended, within } from './wait.js';

const MAIN = fileURLToPath(new URL('../../../examples/scale-out/main.ts', import.meta.url));

/** None of these processes outlives a test: see {@link killAll}. */
const running = new Set<ChildProcess>();

/** Starts a process in a process group of its own, with the processes that it starts. */
function start(args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), MAIN, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  running.add(child);
  return child;
}

/** Kills all processes that were started, and those that they have started. */
export function killAll(): void {
  for (const { pid } of running) if (pid !== undefined) signalGroup(pid, 'SIGKILL');
  running.clear();
}

/** Signals all remaining processes of a group. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

export interface Outcome {
  code: number | string;
  stdout: string;
  stderr: string;
}

/**
 * Runs a command in this process until it ends, which saves a second of loading each time. Only one may run
 * at a time, and nothing else may print meanwhile.
 */
export async function called(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Outcome> {
  const taken = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text, ...rest: unknown[]) => {
      taken[name] += text;
      const done = rest.at(-1);
      if (typeof done === 'function') setImmediate(done as () => void);
      return true;
    }),
  );
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  try {
    return { code: await commands.scaleOut(args), ...taken };
  } finally {
    for (const spy of spies) spy.mockRestore();
    vi.unstubAllEnvs();
  }
}

/** Runs a command in a process of its own until it ends. */
export async function scaleOut(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Outcome> {
  const child = start(args, env);
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout?.on('data', (chunk) => stdout.push(chunk));
  child.stderr?.on('data', (chunk) => stderr.push(chunk));
  const code = await within(`'${args.join(' ')}' to end`, ended(child));
  return {
    code,
    stdout: Buffer.concat(stdout).toString(),
    stderr: Buffer.concat(stderr).toString(),
  };
}

/** A running worker. */
export class Worker {
  readonly name: string;
  readonly pid: number;
  /** All it has printed so far. */
  log = '';
  readonly ended: Promise<number | string>;
  readonly #child: ChildProcess;
  readonly #listeners = new Set<() => void>();

  constructor(name: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    this.name = name;
    this.#child = start(['work', '--name', name, ...args], env);
    this.pid = this.#child.pid as number;
    this.ended = ended(this.#child);
    this.#child.stderr?.on('data', (text) => {
      this.log += text;
      for (const listener of this.#listeners) listener();
    });
  }

  /** Resolves when the log contains this text `times` times. */
  async says(text: string, times = 1): Promise<void> {
    let listener = () => {};
    const said = new Promise<void>((resolve) => {
      listener = () => {
        if (this.count(text) >= times) resolve();
      };
      this.#listeners.add(listener);
      listener();
    });
    const gone = this.ended.then((code) => {
      throw new Error(`${this.name} ended with ${code}: ${this.log}`);
    });
    gone.catch(() => {}); // it may end later
    try {
      await within(`${this.name} to say '${text}' ${times} times`, Promise.race([said, gone]));
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${this.log}`);
    } finally {
      this.#listeners.delete(listener);
    }
  }

  /** How often the log contains this text. */
  count(text: string): number {
    return this.log.split(text).length - 1;
  }

  /** Tells the worker to stop, and returns its exit code. */
  stop(): Promise<number | string> {
    this.#child.kill('SIGTERM');
    return within(`${this.name} to stop`, this.ended);
  }

  /** Kills only the worker, not the processes that it has started. Resolves when it has ended. */
  async kill(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await within(`${this.name} to be gone`, gone);
  }
}
