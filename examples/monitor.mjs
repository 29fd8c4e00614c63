// A process that watches itself, ten times a second: the delay of its event loop, and by how much its memory has
// grown, which unlike its size has a stable range. `node examples/monitor.mjs`; after a minute of learning it is kept
// busy once.
import { SeriesDetector } from 'autoencoder-wasm/series';

const EVERY_MS = Number(process.env.MONITOR_MS ?? 100);
const LEARN = Number(process.env.MONITOR_LEARN ?? 600);
const [WINDOW, WATCH] = [32, 300];

let last = { time: performance.now(), rss: process.memoryUsage().rss };
/** Measures the time since the last call, after a pause. */
const next = async () => {
  await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  const now = { time: performance.now(), rss: process.memoryUsage().rss };
  const moment = {
    delay: now.time - last.time - EVERY_MS, // in milliseconds
    growth: (now.rss - last.rss) / 2 ** 20, // in MB
  };
  last = now;
  return moment;
};

const seen = [];
while (seen.length < LEARN) seen.push(await next());
const detector = new SeriesDetector({ window: WINDOW, seed: 0 });
await detector.fit(seen);
console.log(
  `learned ${LEARN} moments; alarms are scores above ${detector.pushThreshold.toFixed(2)}`,
);
await next(); // discards the time spent learning, and its memory

/** Blocks the event loop, which the monitor should notice. */
const block = (ms) => {
  for (const end = performance.now() + ms; performance.now() < end; );
};
// Chance alone takes a process just beyond the threshold now and then: a line is worth twice that, or twice the
// last one's.
const least = detector.pushThreshold;
let said = least;
for (let i = 0; i < WATCH; i++) {
  if (i === WATCH / 2) {
    console.log(`now busy for ${40 * EVERY_MS} ms`);
    block(40 * EVERY_MS);
  }
  const moment = await next();
  const { score = 0, isAnomaly = false, expected } = detector.push(moment) ?? {};
  if (!isAnomaly) said = least;
  if (!isAnomaly || score < 2 * said) continue;
  said = score;
  console.log(
    `${new Date().toISOString()} odd: score ${score.toFixed(2)}, ` +
      `delay ${moment.delay.toFixed(1)} ms (expected ${expected.delay.toFixed(1)}), ` +
      `growth ${moment.growth.toFixed(1)} MB (expected ${expected.growth.toFixed(1)})`,
  );
}
