import type { Matrix } from 'autoencoder-wasm';

/** The number of codes to mix. They are of similar pictures, so that the mixture looks like one, too. */
const NEAR = 4;

/** A new code, which belongs to no picture: a mixture of a picture's code and those nearest to it. */
export function randomCode(codes: Matrix): Float32Array {
  const [rows, width] = codes.shape;
  const middle = codes.row(Math.floor(Math.random() * rows));
  const away = (i: number) =>
    codes.row(i).reduce((sum, value, k) => sum + (value - (middle[k] as number)) ** 2, 0);
  const near = Array.from({ length: rows }, (_, i) => ({ i, away: away(i) }))
    .sort((a, b) => a.away - b.away)
    .slice(0, NEAR);
  // Random weights, uniform over all mixtures: a Dirichlet distribution.
  const shares = near.map(() => -Math.log(1 - Math.random()));
  const all = shares.reduce((sum, share) => sum + share, 0);
  const mixed = new Float32Array(width);
  near.forEach(({ i }, n) => {
    codes.row(i).forEach((value, k) => {
      mixed[k] = (mixed[k] as number) + ((shares[n] as number) / all) * value;
    });
  });
  return mixed;
}
