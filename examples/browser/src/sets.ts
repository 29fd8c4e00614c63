// The sets of pictures that the page can learn from; both have squares of 28 x 28 pixels.

export interface PictureSet {
  readonly label: string;
  /** Its files beside index.html: what the page begins with, and the rest. */
  readonly files: { readonly first: string; readonly rest: string };
  /** Pictures in both. */
  readonly count: number;
  /** How many of the first ones training never sees: to validate on, and to show. */
  readonly unseen: number;
  /** What they are called, one and many of them. */
  readonly one: string;
  readonly many: string;
  /** What each label stands for: on a key, and with its article. */
  readonly keys: readonly string[];
  readonly kinds: readonly string[];
}

/**
 * What the first file of each set has: 195 KB of digits, a second at 1.6 Mbit/s. Not .gz, which some
 * hosts unpack on the way and some do not.
 */
export const FIRST = { unseen: 200, training: 1000 };

const GARMENTS = [
  ...['T-shirt', 'trousers', 'pullover', 'dress', 'coat'],
  ...['sandal', 'shirt', 'trainer', 'bag', 'boot'],
];

export const SETS: Readonly<Record<string, PictureSet>> = {
  digits: {
    label: 'Digits',
    files: { first: 'digits-first.bin', rest: 'digits-rest.bin' },
    count: 10_000,
    unseen: 1000,
    one: 'digit',
    many: 'digits',
    keys: Array.from({ length: 10 }, (_, digit) => `${digit}`),
    kinds: Array.from({ length: 10 }, (_, digit) => `${digit === 8 ? 'an' : 'a'} ${digit}`),
  },
  fashion: {
    label: 'Clothes',
    files: { first: 'fashion-first.bin', rest: 'fashion-rest.bin' },
    count: 3000,
    unseen: 500,
    one: 'garment',
    many: 'garments',
    keys: GARMENTS,
    kinds: GARMENTS.map((name) => (name === 'trousers' ? name : `a ${name}`)),
  },
};
