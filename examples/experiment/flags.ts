import { parseArgs } from 'node:util';

export interface Flags {
  data: 'full' | 'small';
  recipe: 'paper' | 'defaults' | 'both';
  epochs: number;
  seed: number;
  /**
   * The number of runs of each recipe, with the seeds from `seed` on. Undefined: three if the second and
   * third together take less than a minute, otherwise one.
   */
  seeds: number | undefined;
  /** Undefined means the library's default. */
  threads: number | undefined;
  out: string;
}

export const LAST_SEED = 2 ** 32 - 1;

/** The flags are invalid; the message says which and why. */
export class FlagError extends Error {}

export const HELP = `Trains a 784-64-784 autoencoder on MNIST as the paper did, and then with this library's defaults.

Usage: npm start -- [flags]

  --data full|small             all 70,000 images, or 10,000 of them       (default full)
  --recipe paper|defaults|both  which of the two runs to make              (default both)
  --epochs N                    passes over the training images            (default 20)
  --seed N                      0 to 4294967295; same seed, same numbers   (default 0)
  --seeds N                     runs of each, with the seeds from --seed on; the tables then have
                                mean and spread      (default 3 where that costs under a minute, else 1)
  --threads N                   the most threads to use, 1 to 256          (default: the machine's)
  --out DIR                     where index.html and results.json go       (default report)
  --help                        this text
`;

/** Parses the command line; undefined if it asks for help. */
export function readFlags(args: string[]): Flags | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  if (values.out === '') throw new FlagError('--out must name a directory, got nothing');
  const seed = integer('--seed', values.seed, 0, LAST_SEED);
  return {
    data: oneOf('--data', values.data, ['full', 'small']),
    recipe: oneOf('--recipe', values.recipe, ['paper', 'defaults', 'both']),
    epochs: integer('--epochs', values.epochs, 1, 2 ** 31 - 1),
    seed,
    seeds:
      values.seeds === undefined
        ? undefined
        : integer('--seeds', values.seeds, 1, LAST_SEED + 1 - seed),
    threads:
      values.threads === undefined ? undefined : integer('--threads', values.threads, 1, 256),
    out: values.out,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        data: { type: 'string', default: 'full' },
        recipe: { type: 'string', default: 'both' },
        epochs: { type: 'string', default: '20' },
        seed: { type: 'string', default: '0' },
        seeds: { type: 'string' },
        threads: { type: 'string' },
        out: { type: 'string', default: 'report' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new FlagError((error as Error).message);
  }
}

function oneOf<T extends string>(flag: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((item) => item === value);
  if (found === undefined) {
    throw new FlagError(`${flag} must be one of ${allowed.join(', ')}, got '${value}'`);
  }
  return found;
}

function integer(flag: string, value: string, low: number, high: number): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < low || number > high) {
    throw new FlagError(`${flag} must be an integer from ${low} to ${high}, got '${value}'`);
  }
  return number;
}
