// What every page does, and Node too: trains on synthetic data, encodes, and tells what came of it.

const ROWS = 2000;
const WIDTH = 784;

/** Bytes of which four fifths are zeros, as digits are, by Numerical Recipes' generator. */
function rows() {
  let x = 1;
  const random = () => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    return x >>> 8;
  };
  return new Uint8Array(ROWS * WIDTH).map(() => (random() % 5 === 0 ? random() % 256 : 0));
}

export async function experiment(Autoencoder) {
  const x = rows();
  // Enough work for two threads; see src/training/training-layout.ts.
  const ae = new Autoencoder({ layers: [WIDTH, 64], seed: 7, threads: 2 });
  const history = await ae.fit(x, { epochs: 3 });
  const codes = await ae.encode(x);
  const numbers = [...Object.values(ae.parameters), codes].flatMap(({ data }) => [...data]);
  const hash = await crypto.subtle.digest('SHA-256', new Float32Array(numbers));
  return {
    losses: history.map(({ loss }) => loss),
    threads: history.map(({ threads }) => threads),
    codes: codes.shape,
    hash: Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join(''),
  };
}
