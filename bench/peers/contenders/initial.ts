/** Weights or biases as torch.nn.Linear initialises them: uniform in +-1/sqrt(inputs). */
export function initial(count: number, inputs: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: count }, () => (2 * Math.random() - 1) / Math.sqrt(inputs));
}
