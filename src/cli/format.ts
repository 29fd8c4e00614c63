import { basename } from 'node:path';

/** The forms that tables come in. */
export type Format = 'csv' | 'tsv' | 'jsonl' | 'npy' | 'npz' | 'idx';
export const FORMATS: readonly Format[] = ['csv', 'tsv', 'jsonl', 'npy', 'npz', 'idx'];

const ENDINGS: readonly [RegExp, Format][] = [
  [/\.csv$/, 'csv'],
  [/\.(tsv|tab)$/, 'tsv'],
  [/\.(jsonl|ndjson)$/, 'jsonl'],
  [/\.npy$/, 'npy'],
  [/\.npz$/, 'npz'],
  // As in train-images-idx3-ubyte, the names at the source.
  [/\.idx$|[-.]idx[1-9]-(ubyte|byte|short|int|float|double)$/, 'idx'],
];

/** The format that a file's name tells, if it does; `.gz` at its end does not count. */
export function guessFormat(path: string): Format | undefined {
  const name = basename(path).toLowerCase().replace(/\.gz$/, '');
  return ENDINGS.find(([ending]) => ending.test(name))?.[1];
}

/** The format that the first bytes tell. */
export function sniffFormat(head: Uint8Array): Format {
  const [a, b, c, d] = head;
  if (a === 0x93 && b === 0x4e) return 'npy'; // \x93NUMPY
  // A zip's first local header, or its end where nothing is in it.
  if (a === 0x50 && b === 0x4b && ((c === 3 && d === 4) || (c === 5 && d === 6))) return 'npz';
  if (a === 0 && b === 0 && c !== undefined && c >= 8 && c <= 14) return 'idx';
  const text = Buffer.from(head.buffer, head.byteOffset, head.length).toString('latin1');
  if (/^\s*[[{]/.test(text)) return 'jsonl';
  const [line] = text.split('\n', 1) as [string];
  return line.includes('\t') && !line.includes(',') ? 'tsv' : 'csv';
}
