// Temporary projects in which the packed library is installed.

import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What the experiment reports. */
export interface Outcome {
  /** How many worker threads trained. */
  readonly threads: number;
  /** A hash of the codes. */
  readonly hash: string;
}

const MINUTE = 60_000;

/** The folder of one environment, with the packages it needs beside the library. */
export class Project {
  constructor(
    readonly folder: string,
    /** The path of the packed library. */
    readonly tarball: string,
  ) {}

  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  /** Installs the library and these packages, given as `name@version`. */
  async install(packages: readonly string[], manifest: object = {}): Promise<void> {
    await this.write('package.json', JSON.stringify({ private: true, ...manifest }));
    // No install scripts run: programs come from the packages that contain them for this machine.
    const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
    const all = [`file:${this.tarball}`, ...packages];
    // Within `npm run`, npm's environment variables name this repository as the prefix.
    await this.run('npm', ['install', '--prefix', this.folder, ...quiet, ...all]);
  }

  async write(name: string, content: string): Promise<void> {
    await mkdir(dirname(this.path(name)), { recursive: true });
    await writeFile(this.path(name), content);
  }

  /** Writes the experiment as an ES module or as CommonJS, for programs in the same folder. */
  async writeExperiment(format: 'esm' | 'cjs', name: string): Promise<void> {
    const source = await readFile(join(import.meta.dirname, 'experiment.js'), 'utf8');
    const exported = /^export (?=async function experiment)/m;
    const cjs = `${source.replace(exported, '')}\nmodule.exports = { experiment };\n`;
    await this.write(name, format === 'esm' ? source : cjs);
  }

  /** Runs a program here; rejects with all its output if it fails. */
  run(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
    const options = {
      cwd: this.folder,
      timeout: 5 * MINUTE,
      maxBuffer: 2 ** 24,
      // Variables of vitest and npm must not reach other programs.
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

  /** Runs a package's command in this Node. */
  bin(name: string, args: readonly string[]): Promise<string> {
    return this.run(this.path('node_modules/.bin', name), args);
  }
}

/** Finds the outcome among the lines that a program printed. */
export function outcomeIn(text: string): Outcome {
  const found = /^.*?OUTCOME (\{.*?\})/m.exec(text)?.[1];
  if (found === undefined) throw new Error(`no outcome was printed: ${text}`);
  return JSON.parse(found);
}

/** Programs that print the outcome; experiment.mjs or experiment.cjs is in the same folder. */
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
