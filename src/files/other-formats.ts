// Recognises files that are not our models by their first bytes, and says what to do with them.

const CONVERT =
  "convert it in Python: safetensors.torch.save_file(torch.load('model.pt', map_location='cpu'), " +
  "'model.safetensors')";

const SIGNATURES: readonly (readonly [bytes: readonly number[], what: string])[] = [
  [[0x50, 0x4b, 3, 4], `it is a zip archive, such as torch.save writes (.pt, .pth); ${CONVERT}`],
  [[0x80, 2], `it is a pickle, such as torch.save writes (.pt, .pth); ${CONVERT}`],
  [[0x80, 4], `it is a pickle; ${CONVERT}`],
  [[0x1f, 0x8b], 'it is gzip-compressed; decompress it first'],
  [[0x89, 0x48, 0x44, 0x46], 'it is an HDF5 file, such as Keras writes, which cannot be read'],
  [[0x93, 0x4e, 0x55, 0x4d], 'it is an array of NumPy: data, not a model'],
];

/** Undefined if it is none of these. */
export function otherFormat(start: Uint8Array): string | undefined {
  const known = SIGNATURES.find(([bytes]) => bytes.every((byte, i) => start[i] === byte));
  if (known) return known[1];
  const isText = start.every((byte) => (byte >= 0x20 && byte < 0x7f) || (byte >= 9 && byte <= 13));
  return isText ? 'it is text, such as CSV: data, not a model' : undefined;
}
