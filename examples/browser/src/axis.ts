/**
 * Maps one coordinate of the codes to the range from -1 to 1, as the mean of its rank among all values and
 * its value on a saturating scale, since a few values are far out and most are close together.
 */
export class Axis {
  readonly #sorted: Float32Array;
  readonly #middle: number;
  readonly #deviation: number;

  constructor(values: Float32Array) {
    this.#sorted = values.sort();
    this.#middle = this.#at(0.5);
    // In a normal distribution these two quantiles are two standard deviations apart.
    this.#deviation = (this.#at(0.84) - this.#at(0.16)) / 2 || 1;
  }

  place(value: number): number {
    const own = Math.tanh((value - this.#middle) / (2 * this.#deviation));
    return own / 2 + this.#rank(value) - 0.5;
  }

  /** The inverse of `place`, which is increasing, by bisection. */
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

  /** The fraction of values that are smaller. */
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
