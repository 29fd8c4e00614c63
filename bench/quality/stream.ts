// Trains on MNIST as a stream, repeated a given number of times, and prints the process's peak memory in
// MB.

import { Autoencoder } from '../../src/index.js';
import { mnist, PIXELS } from './data.js';

const [seed, times] = process.argv.slice(2).map(Number) as [number, number];
const { images } = mnist().train;
const BATCH = 1000 * PIXELS;

function* stream(): Generator<Uint8Array> {
  for (let time = 0; time < times; time++) {
    // Copies, like the chunks that are read from a file.
    for (let at = 0; at < images.length; at += BATCH) yield images.slice(at, at + BATCH);
  }
}

const ae = new Autoencoder({ layers: [PIXELS, 64], seed });
await ae.fit(() => stream(), { epochs: 1 });
// maxRSS is in kilobytes.
console.log(process.resourceUsage().maxRSS / 1024);
