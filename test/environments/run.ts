// Runs the packed library in every environment of the list, or in those whose names or versions match the
// arguments, and prints the outcomes: `npm run environments -- Node Jest`. `--quick` runs only those for
// every pull request, `--keep` does not delete the projects. The exit code is 1 if one fails, or if its
// codes differ by a bit.

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installPackage } from '../support/node/installed.js';
import { ENVIRONMENTS, type Environment, isQuick } from './list.js';
import { type Outcome, Project } from './project.js';

const flags = new Set(process.argv.slice(2).filter((arg) => arg.startsWith('--')));
const words = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));
const chosen = ENVIRONMENTS.filter((environment) => {
  const label = `${environment.name} ${environment.version}`.toLowerCase();
  const isNamed = words.length === 0 || words.some((word) => label.includes(word.toLowerCase()));
  return isNamed && (isQuick(environment) || !flags.has('--quick'));
});

/** Every environment must give the bits of the first run in Node. */
let expected: string | undefined;

async function tried(
  environment: Environment,
  folder: string,
  tarball: string,
): Promise<Outcome | undefined> {
  await mkdir(folder);
  const project = new Project(folder, tarball);
  await project.install(environment.packages);
  const outcome = await environment.run(project);
  if (!flags.has('--keep')) await rm(folder, { recursive: true, force: true });
  if (environment.threads === undefined || outcome === undefined) return outcome;
  expected ??= outcome.hash;
  if (outcome.hash !== expected) throw new Error(`its codes are ${outcome.hash}, not ${expected}`);
  if (outcome.threads !== environment.threads) {
    throw new Error(`${outcome.threads} threads trained, expected ${environment.threads}`);
  }
  return outcome;
}

const installed = await installPackage();
const tarball = join(installed.project, installed.packed.filename);
const folder = await mkdtemp(join(tmpdir(), 'autoencoder-environments-'));
const failures: string[] = [];
const row = (...cells: unknown[]) => console.log(`| ${cells.join(' | ')} |`);
row('environment', 'version', 'result', 'threads', 'hash', 'seconds');
row('---', '---', '---', '---', '---', '---');
try {
  for (const [i, environment] of chosen.entries()) {
    const { name, version } = environment;
    const start = performance.now();
    const seconds = () => ((performance.now() - start) / 1000).toFixed(0);
    try {
      const outcome = await tried(environment, join(folder, String(i)), tarball);
      row(name, version, 'ok', outcome?.threads ?? '', outcome?.hash ?? '', seconds());
    } catch (error) {
      row(name, version, 'FAILED', '', '', seconds());
      failures.push(`${name} ${version}: ${(error as Error).message}`);
    }
  }
} finally {
  await installed.remove();
  if (!flags.has('--keep')) await rm(folder, { recursive: true, force: true });
}
if (flags.has('--keep')) console.log(`\nThe projects are in ${folder}`);
for (const failure of failures) console.log(`\n${failure}`);
console.log(`\n${chosen.length - failures.length} of ${chosen.length} work`);
process.exitCode = failures.length > 0 || chosen.length === 0 ? 1 : 0;
