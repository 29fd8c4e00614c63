// `npm run bench:peers`: runs the same work in this library and in others, in turn, round after round.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { checkCodes, compare } from './comparisons.js';
import { run } from './contender.js';
import { describeMachine } from './machine.js';
import { findPeers, type Library, NAMES } from './peers.js';
import { plot } from './plot.js';
import { prepareFiles } from './prepare.js';
import { findKernels } from './pytorch.js';
import { figure, isTimed, printRows, results } from './report.js';
import { contenders, FULL, QUICK } from './work.js';

const HELP = `Times the same work in this library and in others, each in a process of its own.

Usage: npm run bench:peers -- [flags]

  --rounds N   how often everybody has a turn             (default ${FULL.rounds}; with --quick ${QUICK.rounds})
  --quick      short turns, to see that everything works: the results go to build/peers,
               not to bench/RESULTS.md
  --only TEXT  the contenders whose keys have this in them, such as 'fit categories'; the results go
               to build/peers, too
  --node PATH  a Node 24 or newer, in which ours runs once more, with V8's wide vectors turned on:
               --node "$(npx -y -p node@24 which node)"
  --help       this text

First: npm ci --ignore-scripts --prefix bench/peers
PyTorch takes part if /usr/bin/python3 has it: apt-get install python3-torch libopenblas0-pthread
`;

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    node: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (flags.help) {
  console.log(HELP);
  process.exit();
}
const size = flags.quick ? QUICK : FULL;
const rounds = Number(flags.rounds ?? size.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error(`--rounds must be a positive integer, got '${flags.rounds}'`);
  process.exit(1);
}

const remarks: string[] = [];
const remark = (text: string) => {
  remarks.push(text);
  console.log(text);
};
const all = availableParallelism();
const versions = findPeers(remark, flags.node);
const kernels = versions.has('pytorch') ? findKernels() : [];
const machine = describeMachine(versions);
if (kernels.length > 0) {
  const [own, ...others] = kernels.map(({ runs }) => runs);
  const more = others.length > 0 ? `, and tried with those of ${others.join(', ')}` : '';
  machine.push(`OpenBLAS chose its kernels of ${own}${more}`);
}
console.log(`${machine.join('\n')}\n`);

const { folder, files } = prepareFiles();
const everybody = contenders(size, files, { all, kernels, wideNode: flags.node }).filter(
  ({ key, library }) => versions.has(library) && key.includes(flags.only),
);
const figures = new Map<string, number[]>();
const checks = new Map<string, number>();
const failed = new Set<Library>();
const rates = (key: string) => figures.get(key) ?? [];
try {
  for (let round = 1; round <= rounds; round++) {
    // Every other round runs in reverse order, so that a machine that slows down favours none of them.
    for (const contender of round % 2 ? everybody : everybody.toReversed()) {
      const { key, library } = contender;
      if (failed.has(library)) continue;
      try {
        const { samplesPerSecond, check, megabytes } = await run(contender);
        figures.set(key, [...rates(key), samplesPerSecond]);
        checks.set(key, check);
        const speed = isTimed(contender.job)
          ? `${figure(samplesPerSecond, true).padStart(13)}        `
          : `${Math.round(samplesPerSecond).toLocaleString('en').padStart(11)} samples/s`;
        console.log(
          `${round}/${rounds} ${key.padEnd(40)} ${speed}  (check ${check.toPrecision(4)})${megabytes ? ` ${Math.round(megabytes)} MB` : ''}`,
        );
      } catch (error) {
        if (library === 'ours' || library === 'wide') throw error;
        // A library that fails in one round is left out of all results.
        failed.add(library);
        for (const { key } of everybody.filter((one) => one.library === library)) {
          figures.delete(key);
        }
        remark(`${NAMES[library]} does not run here`);
        console.log((error as Error).message);
      }
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
checkCodes(everybody, checks);

const rows = compare(figures, all);
printRows(rows, everybody);
const out = new URL(flags.quick || flags.only ? '../../build/peers/' : '../', import.meta.url);
mkdirSync(out, { recursive: true });
const report = { rows, everybody, figures, checks, machine, remarks, rounds };
writeFileSync(new URL('RESULTS.md', out), results(report));
if (!flags.only) writeFileSync(new URL('results.svg', out), plot(everybody, figures));
console.log(`\nwritten to ${fileURLToPath(new URL('RESULTS.md', out))}`);
