// Writes the results as text: bench/PAGES.md.

import { median } from '../median.js';
import { describeMachine } from '../peers/machine.js';
import { EXPERIMENT, type Result, WORKS } from './works.js';

/** The results of every round, by work and by place. */
export type Measured = ReadonlyMap<string, ReadonlyMap<string, readonly Result[]>>;

/** The place that pages are compared with. */
export const NODE = 'Node';

const whole = (value: number) => Math.round(value).toLocaleString('en');
const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(titles), row(titles.map(() => '---')), ...rows.map(row)].join('\n');
}

const rateOf = (results: readonly Result[]) => median(results.map(({ rate }) => rate));

/** The longest task of all rounds. */
function longestTask(place: string, results: readonly Result[]): string {
  if (place === NODE) return '';
  const tasks = results.flatMap(({ longTasks }) => longTasks);
  return tasks.length === 0 ? 'none over 50 ms' : `${whole(Math.max(...tasks))} ms`;
}

/** The longest processor time of a task in any round. */
function processor(place: string, results: readonly Result[]): string {
  if (place === NODE) return '';
  return `${Math.max(...results.map((result) => result.processor as number)).toFixed(1)} ms`;
}

const longestGap = (results: readonly Result[]) =>
  `${Math.max(...results.map((result) => result.longestGap)).toFixed(1)} ms`;

/** The results of one work, with a row for each place. */
function rows(byPlace: ReadonlyMap<string, readonly Result[]>): string[][] {
  const node = rateOf(byPlace.get(NODE) as readonly Result[]);
  return [...byPlace].map(([place, results]) => {
    const [{ threads, mse }] = results as readonly [Result];
    return [
      place,
      threads === undefined ? '' : String(threads),
      whole(rateOf(results)),
      `${(rateOf(results) / node).toFixed(2)}x`,
      mse === undefined ? '' : mse.toFixed(6),
      longestTask(place, results),
      processor(place, results),
      longestGap(results),
    ];
  });
}

const TITLES = [
  ...['where', 'workers', 'rows/s', 'of Node', 'test MSE'],
  ...['longest task', 'of the processor', 'longest gap'],
];

export function report(measured: Measured, chromium: string): string {
  const machine = [...describeMachine(new Map()), `Chromium ${chromium}`];
  const rounds = [...(measured.get(EXPERIMENT)?.values() ?? [])][0]?.length ?? 0;
  const tables = [...measured].map(
    ([work, byPlace]) => `## ${WORKS[work]?.title}\n\n${table(TITLES, rows(byPlace))}\n`,
  );
  return `# The library in pages

Written by \`npm run bench:pages\`; do not edit.

${machine.map((line) => `- ${line}`).join('\n')}

A page has threads where it is cross-origin isolated, one worker where it is not, and none where its
Content Security Policy is \`worker-src 'self'\` and no \`workerUrl\` is given. Every figure is of a page
that was just opened, the first epoch or call of all included. The experiment is run ${rounds} times
everywhere, in turn: its rows/s are medians, its times the longest of all rounds.

- rows/s: of training, validation and the copying of data excluded, as in the history of \`fit\`; of an
  inference from the call to its result.
- longest task: of the page's thread from the call to its result, by the Long Tasks API, which tells
  of tasks over 50 ms only.
- of the processor: the most that any one task took of it, by Chromium's trace. A task that takes
  longer than that waits for the processor, which other threads and programs have.
- longest gap: between two ticks of a timer, of which a page has one every 4 ms at best. It is the
  longest that anything else on the page had to wait, for the processor too: training in threads
  keeps all cores busy.

${tables.join('\n')}`;
}
