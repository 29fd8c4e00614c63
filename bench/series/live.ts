// npx tsx bench/series/live.ts, after a build. It measures how many points per second SeriesDetector.push
// takes for windows of 128 on one thread, compared with a batch. It also measures the delay of the alarms
// of `watch` for 100,000 lines from a pipe: the first ones include the start of the process, and all of
// them the lines still waiting ahead of theirs.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SeriesDetector } from '../../dist/series.js';

const POINTS = Number(process.argv[2] ?? 100_000);
const FAULTS = 10;
const FAULT_EVERY = POINTS / FAULTS;
/** How many lines are written at once. */
const LINES = 100;

/** Days of 128 moments; ten times, forty moments have no signal. */
const isFault = (i: number) =>
  i % FAULT_EVERY >= FAULT_EVERY - 500 && i % FAULT_EVERY < FAULT_EVERY - 460;
const usual = (i: number) => 50 + 10 * Math.sin((i * Math.PI) / 64) + ((i * 7919) % 13) / 10;
const series = Float32Array.from({ length: POINTS }, (_, i) => (isFault(i) ? 0 : usual(i)));

const detector = new SeriesDetector({ window: 128, threads: 1, seed: 0 });
await detector.fit(Float32Array.from({ length: 20_000 }, (_, i) => usual(i)));
let start = performance.now();
const batch = await detector.score(series, { lookAhead: false });
const batchSeconds = (performance.now() - start) / 1000;
for (const value of series.subarray(0, 20_000)) detector.push(value); // warm-up, so that the code is compiled
detector.reset();
start = performance.now();
for (const value of series) detector.push(value);
const seconds = (performance.now() - start) / 1000;
detector.reset();
const calls = new Float64Array(POINTS);
let same = 0;
for (const [i, value] of series.entries()) {
  const before = performance.now();
  const score = detector.push(value)?.score;
  calls[i] = 1000 * (performance.now() - before);
  same += Number(score === undefined ? Number.isNaN(batch[i]) : score === batch[i]);
}
calls.sort();
const quantile = (q: number) => (calls[Math.floor(q * (POINTS - 1))] as number).toFixed(1);
const rate = (seconds: number) => Math.round(POINTS / seconds).toLocaleString('en');
console.log(
  `push: ${rate(seconds)} points a second; a call ${quantile(0.5)} us in the median, ${quantile(0.99)} us at 99 %`,
);
console.log(
  `score: ${rate(batchSeconds)} points a second; ${same} of ${POINTS} scores are the same bits`,
);

const folder = mkdtempSync(join(tmpdir(), 'autoencoder-wasm-'));
try {
  const model = join(folder, 'm.safetensors');
  writeFileSync(model, detector.save());
  const cli = join(import.meta.dirname, '../../dist/cli.js');
  const watch = spawn(process.execPath, [cli, 'watch', '-m', model, '-'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  /** When the first line of each fault was written, and when each alarm was read. */
  const [written, read]: [number[], number[]] = [[], []];
  watch.stdout.setEncoding('utf8').on('data', (text: string) => {
    for (const _ of text.matchAll(/ odd: /g)) read.push(performance.now());
  });
  const ended = once(watch, 'close');
  for (let from = 0; from < POINTS; from += LINES) {
    const lines = Array.from(series.subarray(from, from + LINES), (value) => `${value}\n`).join('');
    if (isFault(from) && !isFault(from - LINES)) written.push(performance.now());
    if (!watch.stdin.write(lines)) await once(watch.stdin, 'drain');
  }
  watch.stdin.end();
  await ended;
  const delays = written.map((at, i) => ((read[i] as number) - at).toFixed(0));
  console.log(
    `watch: ${read.length} alarms of ${FAULTS} faults, ${delays.join(', ')} ms after their first lines went in`,
  );
} finally {
  rmSync(folder, { recursive: true });
}
