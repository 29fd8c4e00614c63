// The sets of pictures that the page can train on; all pictures have 28 x 28 pixels.

export interface PictureSet {
  readonly label: string;
  /**
   * The files next to index.html: the one to begin with, and the rest. They are not named .gz, since some hosts
   * decompress such files in transit and others do not.
   */
  readonly files: { readonly first: string; readonly rest: string };
  /** The number of pictures in both files. */
  readonly count: number;
  /** How many of the first pictures are never trained on: they are for validation, and to be shown. */
  readonly unseen: number;
  /** The noun for the pictures, singular and plural. */
  readonly one: string;
  readonly many: string;
  /** The names of the labels: on a key, and with an article. */
  readonly keys: readonly string[];
  readonly kinds: readonly string[];
}

/** The contents of the first file of each set: 195 KB of digits, which take a second at 1.6 Mbit/s. */
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
