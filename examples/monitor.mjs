// A process that watches itself: the delay of its event loop and its memory, ten times a second, and what is
// odd about them. `node examples/monitor.mjs`; after a minute of learning it is kept busy now and then.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { SeriesDetector } from 'autoencoder-wasm/series';

const EVERY_MS = Number(process.env.MONITOR_MS ?? 100);
const [LEARN, WATCH] = [600, 300];

const delay = monitorEventLoopDelay({ resolution: 10 });
delay.enable();
const moments = (async function* () {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    const { rss } = process.memoryUsage();
    yield { delay: delay.max / 1e6, memory: rss / 2 ** 20 };
    delay.reset();
  }
})();

const seen = [];
for await (const moment of moments) if (seen.push(moment) === LEARN) break;
const detector = new SeriesDetector({ window: 32, seed: 0 });
await detector.fit(seen);
console.log(
  `learned ${seen.length} moments; alarms are scores above ${detector.pushThreshold.toFixed(2)}`,
);

/** What a monitor is there for. */
const block = (ms) => {
  for (const end = performance.now() + ms; performance.now() < end; );
};
let wasOdd = false;
for (let i = 0; i < WATCH; i++) {
  if (i === WATCH / 2) block(40 * EVERY_MS);
  const started = performance.now();
  await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  const moment = { delay: delay.max / 1e6, memory: process.memoryUsage().rss / 2 ** 20 };
  delay.reset();
  const { score = 0, isAnomaly = false, expected } = detector.push(moment) ?? {};
  if (isAnomaly && !wasOdd) {
    console.log(
      `${new Date(performance.timeOrigin + started).toISOString()} odd: score ${score.toFixed(2)}, ` +
        `delay ${moment.delay.toFixed(1)} ms (expected ${expected.delay.toFixed(1)}), ` +
        `memory ${moment.memory.toFixed(0)} MB (expected ${expected.memory.toFixed(0)})`,
    );
  }
  wasOdd = isAnomaly;
}
