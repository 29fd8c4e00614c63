/** Multiplications and additions per sample if no zero were skipped: [encoding, training]. */
export function denseFlops(layers: readonly number[]): [number, number] {
  const weights = layers.slice(1).map((width, i) => width * (layers[i] as number));
  const encoder = weights.reduce((sum, count) => sum + count, 0);
  // Forward, and the gradients of weights and inputs; the network's input needs none.
  return [2 * encoder, 2 * (3 * 2 * encoder - (weights[0] as number))];
}
