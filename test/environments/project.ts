// Throw-away projects that have the packed library installed.

import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What the experiment tells. */
export interface Outcome {
  /** How many workers trained. */
  readonly threads: number;
  /** Of the codes. */
  readonly hash: string;
}

const MINUTE = 60_000;

/** A folder of an environment's own, with what it needs beside the library. */
export class Project {
  constructor(
    readonly folder: string,
    /** The packed library. */
    readonly tarball: string,
  ) {}

  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  /** Installs the library and these packages, given as `name@version`. */
  async install(packages: readonly string[], manifest: object = {}): Promise<void> {
    await this.write('package.json', JSON.stringify({ private: true, ...manifest }));
    // Nobody's scripts are run: programs are taken from the packages that hold them for this machine.
    const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
    const all = [`file:${this.tarball}`, ...packages];
    // Within `npm run`, npm's environment names this repository as the prefix.
    await this.run('npm', ['install', '--prefix', this.folder, ...quiet, ...all]);
  }

  async write(name: string, content: string): Promise<void> {
    await mkdir(dirname(this.path(name)), { recursive: true });
    await writeFile(this.path(name), content);
  }

  /** Writes the experiment, as an ES module or as CommonJS, for the programs beside it. */
  async writeExperiment(format: 'esm' | 'cjs', name: string): Promise<void> {
    const source = await readFile(join(import.meta.dirname, 'experiment.js'), 'utf8');
    const exported = /^export (?=async function experiment)/m;
    const cjs = `${source.replace(exported, '')}\nmodule.exports = { experiment };\n`;
    await this.write(name, format === 'esm' ? source : cjs);
  }

  /** Runs a program here; rejects with all that it said. */
  run(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
    const options = {
      cwd: this.folder,
      timeout: 5 * MINUTE,
      maxBuffer: 2 ** 24,
      // vitest's and npm's own variables are nobody else's.
      env: { ...process.env, NODE_OPTIONS: '', NODE_ENV: undefined, ...env },
    };
    return new Promise((resolve, reject) => {
      execFile(program, args, options, (error, stdout, stderr) => {
        if (error)
          reject(new Error(`${program} ${args.join(' ')}: ${stderr}${stdout}` || error.message));
        else resolve(stdout);
      });
    });
  }

  /** Runs a package's command by this Node. */
  bin(name: string, args: readonly string[]): Promise<string> {
    return this.run(this.path('node_modules/.bin', name), args);
  }
}

/** The outcome among the lines that a program printed. */
export function outcomeIn(text: string): Outcome {
  const found = /^.*?OUTCOME (\{.*?\})/m.exec(text)?.[1];
  if (found === undefined) throw new Error(`no outcome was printed: ${text}`);
  return JSON.parse(found);
}

/** Programs that print the outcome; experiment.mjs or experiment.cjs is beside them. */
export const IMPORTING = `
  import { Autoencoder } from 'autoencoder-wasm';
  import { experiment } from './experiment.mjs';
  experiment(Autoencoder).then((outcome) => console.log('OUTCOME ' + JSON.stringify(outcome)));
`;
export const REQUIRING = `
  const { Autoencoder } = require('autoencoder-wasm');
  const { experiment } = require('./experiment.cjs');
  experiment(Autoencoder).then((outcome) => console.log('OUTCOME ' + JSON.stringify(outcome)));
`;
