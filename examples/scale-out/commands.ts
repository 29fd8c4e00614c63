// The commands, their flags and their exit codes.

import { type Arguments, type Flag, READ_FLAGS, readArguments, TASKS, WRITTEN } from './flags.js';
import { print, UsageError } from './words.js';

const REDIS: Flag = {
  name: 'redis',
  value: 'URL',
  help: 'redis://, rediss:// (TLS) or unix:// (default: $REDIS_URL, else redis://127.0.0.1:6379)',
};
const HELP: Flag = { name: 'help', short: 'h', help: 'this text' };

interface Verb {
  usage: string;
  about: string;
  flags: readonly Flag[];
  /** Runs the command, and returns its exit code. */
  run(args: Arguments): Promise<number>;
}

const VERBS: Record<string, Verb> = {
  submit: {
    usage: `submit ${TASKS.join('|')} DATA... -m MODEL -o FOLDER`,
    about: 'adds a run: a shard for each file; DATA are files, or globs in quotes. Prints its name',
    flags: [
      { name: 'model', short: 'm', value: 'FILE', help: 'model file, from train -o (required)' },
      ...READ_FLAGS,
      {
        name: 'output',
        short: 'o',
        value: 'FOLDER',
        help: 'folder to write outputs to (required)',
      },
      {
        name: 'output-format',
        value: 'NAME',
        help: `${WRITTEN.join(', ')} (default: npy)`,
      },
      REDIS,
      HELP,
    ],
    run: async (args) => (await import('./submit.js')).submit(args),
  },
  work: {
    usage: 'work',
    about: 'takes shards until it is stopped by SIGTERM or Ctrl-C, which lets it end those in hand',
    flags: [
      {
        name: 'concurrency',
        value: 'N',
        help: "shards at a time, a process each (default: the machine's cores)",
      },
      {
        name: 'takeover',
        value: 'SECONDS',
        help: 'how long a worker may be silent before others take its shards (default: 30)',
      },
      {
        name: 'root',
        value: 'FOLDER',
        help: 'reads and writes nothing but what is below it (default: the current folder)',
      },
      { name: 'name', value: 'TEXT', help: 'what to call it in logs (default: host:process)' },
      REDIS,
      HELP,
    ],
    run: async (args) => (await import('./work.js')).work(args),
  },
  status: {
    usage: 'status [RUN]',
    about: 'shows how far a run is, or all of them; exit code 1 where a shard was set aside',
    flags: [
      { name: 'wait', help: 'until the run is over' },
      { name: 'json', help: 'as JSON, a line a run' },
      REDIS,
      HELP,
    ],
    run: async (args) => (await import('./status.js')).status(args),
  },
};

function help(): string {
  const flag = ({ name, short, value, help }: Flag) =>
    `  ${`${short ? `-${short}, ` : '    '}--${name}${value ? ` ${value}` : ''}`.padEnd(28)}${help}\n`;
  const verbs = Object.values(VERBS).map(
    ({ usage, about, flags }) => `tsx main.ts ${usage}\n  ${about}\n${flags.map(flag).join('')}`,
  );
  return `${verbs.join('\n')}\nExit codes: 0 success, 1 failure, 2 wrong usage.\n`;
}

/** Runs a command, and returns its exit code. */
export async function scaleOut(args: readonly string[]): Promise<number> {
  try {
    return await run(args);
  } catch (error) {
    process.stderr.write(`scale-out: ${error instanceof Error ? error.message : error}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function run([name, ...rest]: readonly string[]): Promise<number> {
  if (name === undefined) throw new UsageError(`what to do is missing\n\n${help()}`);
  if (name === '--help' || name === '-h') return printed(help());
  const verb = VERBS[name];
  if (!verb) {
    const known = Object.keys(VERBS).join(', ');
    throw new UsageError(`there is no command '${name}' (known: ${known})`);
  }
  const args = readArguments(rest, verb.flags);
  if (args.flags.help) return printed(help());
  return verb.run(args);
}

async function printed(text: string): Promise<number> {
  await print(text);
  return 0;
}
