import { Random } from '../../src/base/random.js';

/** Returns a generator of normally distributed numbers, by the method of Box and Muller (1958). */
export function normals(seed: number): () => number {
  const random = new Random(seed);
  return () => {
    // In (0, 1], so that the logarithm is finite.
    const radius = Math.sqrt(-2 * Math.log((random.next() + 1) / 2 ** 32));
    return radius * Math.cos((2 * Math.PI * random.next()) / 2 ** 32);
  };
}
