/**
 * Brings one coordinate of codes to the range from -1 to 1: halfway between its place among all values
 * and itself on a scale that bends, since a few lie far out and most close together.
 */
export class Axis {
  readonly #sorted: Float32Array;
  readonly #middle: number;
  readonly #deviation: number;

  constructor(values: Float32Array) {
    this.#sorted = values.sort();
    this.#middle = this.#at(0.5);
    // Of a normal distribution, the two are two standard deviations apart.
    this.#deviation = (this.#at(0.84) - this.#at(0.16)) / 2 || 1;
  }

  place(value: number): number {
    const own = Math.tanh((value - this.#middle) / (2 * this.#deviation));
    return own / 2 + this.#rank(value) - 0.5;
  }

  /** The value at this place: `place` only grows, so halving finds it. */
  value(place: number): number {
    let [low, high] = [this.#at(0), this.#at(1)];
    for (let i = 0; i < 30; i++) {
      const middle = (low + high) / 2;
      if (this.place(middle) < place) low = middle;
      else high = middle;
    }
    return high;
  }

  #at(share: number): number {
    return this.#sorted[Math.round(share * (this.#sorted.length - 1))] as number;
  }

  /** The share of the values that are less. */
  #rank(value: number): number {
    let [from, to] = [0, this.#sorted.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#sorted[middle] as number) < value) from = middle + 1;
      else to = middle;
    }
    return from / (this.#sorted.length - 1);
  }
}
