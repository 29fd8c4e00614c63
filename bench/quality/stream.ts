// Trains on MNIST as a stream, so many times over, and prints the most memory the process had, in MB.

import { Autoencoder } from '../../src/index.js';
import { mnist, PIXELS } from './data.js';

const [seed, times] = process.argv.slice(2).map(Number) as [number, number];
const { images } = mnist().train;
const BATCH = 1000 * PIXELS;

function* stream(): Generator<Uint8Array> {
  for (let time = 0; time < times; time++) {
    // Copies, as what a file brings would be.
    for (let at = 0; at < images.length; at += BATCH) yield images.slice(at, at + BATCH);
  }
}

const ae = new Autoencoder({ layers: [PIXELS, 64], seed });
await ae.fit(() => stream(), { epochs: 1 });
// In kilobytes.
console.log(process.resourceUsage().maxRSS / 1024);
