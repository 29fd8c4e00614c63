/**
 * xoshiro128** (Blackman and Vigna, https://prng.di.unimi.it/xoshiro128starstar.c): 32-bit integer
 * arithmetic only, so every engine draws the same numbers. splitmix32 fills its state from a key, the seed
 * and the purpose of the stream, so that draws for one purpose never shift those for another.
 */
export class Random {
  readonly #state = new Uint32Array(4);

  constructor(...key: number[]) {
    let x = 0;
    for (const part of key) x = mix(x ^ part) + 0x9e3779b9;
    for (let i = 0; i < 4; i++) {
      x = (x + 0x9e3779b9) | 0;
      this.#state[i] = mix(x);
    }
  }

  /** The next integer in [0, 2^32). */
  next(): number {
    const s = this.#state as unknown as [number, number, number, number];
    const product = Math.imul(s[1], 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = (s[3] << 11) | (s[3] >>> 21);
    return result;
  }

  /** A float32 in [-1, 1), a multiple of 2^-23. */
  signed(): number {
    return (this.next() >>> 8) / 0x800000 - 1;
  }

  /**
   * An integer in [0, bound), without bias: draws that would favour small numbers are rejected and
   * repeated.
   */
  below(bound: number): number {
    const limit = 0x100000000 - (0x100000000 % bound);
    let draw = this.next();
    while (draw >= limit) draw = this.next();
    return draw % bound;
  }

  /** Shuffles `items` in place (Fisher and Yates). `pause` is called every few thousand items. */
  async shuffle(items: Uint32Array, pause: () => Promise<void> | undefined): Promise<void> {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const item = items[i] as number;
      items[i] = items[j] as number;
      items[j] = item;
      if (i % 4096 === 0) await pause();
    }
  }
}

/** The purposes that a seed is used for: the second part of a stream's key. */
export const Stream = { initialisation: 1, split: 2, shuffle: 3, noise: 4, sample: 5 } as const;

/**
 * The finaliser of splitmix32 (https://github.com/skeeto/hash-prospector, with the constants of
 * "lowbias32").
 */
function mix(x: number): number {
  x ^= x >>> 16;
  x = Math.imul(x, 0x7feb352d);
  x ^= x >>> 15;
  x = Math.imul(x, 0x846ca68b);
  return x ^ (x >>> 16);
}
