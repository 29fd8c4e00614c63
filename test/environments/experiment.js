// What every environment runs: it trains on synthetic data, encodes, and reports the outcome. The code is
// plain enough for all of them, and hashes without a crypto API.

const ROWS = 2000;
const WIDTH = 784;

/** Bytes of which four fifths are zeros, as in images of digits, from Numerical Recipes' generator. */
function rows() {
  let x = 1;
  const random = () => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    return x >>> 8;
  };
  return new Uint8Array(ROWS * WIDTH).map(() => (random() % 5 === 0 ? random() % 256 : 0));
}

/** FNV-1a, 32 bits. */
function hash({ buffer, byteOffset, byteLength }) {
  let value = 0x811c9dc5;
  for (const byte of new Uint8Array(buffer, byteOffset, byteLength)) {
    value = Math.imul(value ^ byte, 0x01000193);
  }
  return (value >>> 0).toString(16).padStart(8, '0');
}

export async function experiment(Autoencoder) {
  const x = rows();
  // Enough work for two threads; see src/training/training-layout.ts.
  const ae = new Autoencoder({ layers: [WIDTH, 64], seed: 7, threads: 2 });
  const history = await ae.fit(x, { epochs: 3 });
  const codes = await ae.encode(x);
  ae.dispose();
  return { threads: history[2].threads, hash: hash(codes.data) };
}
