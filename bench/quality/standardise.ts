/** Scales the columns of (rows, width) data to mean 0 and standard deviation 1, as learned from given rows. */
export class Standardiser {
  readonly #mean: Float64Array;
  readonly #deviation: Float64Array;

  constructor(data: Float32Array, width: number) {
    const rows = data.length / width;
    const mean = new Float64Array(width);
    const square = new Float64Array(width);
    data.forEach((value, i) => {
      mean[i % width] = (mean[i % width] as number) + value / rows;
    });
    data.forEach((value, i) => {
      const j = i % width;
      square[j] = (square[j] as number) + (value - (mean[j] as number)) ** 2 / rows;
    });
    this.#mean = mean;
    // A constant column becomes zeros.
    this.#deviation = square.map((value) => Math.sqrt(value) || 1);
  }

  apply(data: Float32Array): Float32Array {
    const width = this.#mean.length;
    return data.map((value, i) => {
      const j = i % width;
      return (value - (this.#mean[j] as number)) / (this.#deviation[j] as number);
    });
  }
}
