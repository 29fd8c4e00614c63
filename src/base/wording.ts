// Error texts in which options, and the arguments that hold rows, are marked. The command line replaces
// them by its flags and files without searching the text.

/** An option, or an argument, in a text. */
export interface Mention {
  /** Its name, or the path to it, as in `schedule.warmup`. */
  readonly option: string;
  /** Which element of it is meant, from 0. */
  readonly index?: number | undefined;
  /** Its value, if the text mentions that. */
  readonly value?: string | undefined;
  /** The library's own wording of all this. */
  readonly words: string;
}

/**
 * The value that was given instead of the expected one: the end of a text. `undefined` has a different
 * text.
 */
export interface Got {
  readonly got: unknown;
  readonly shown: string;
}

export type Wording = readonly (string | Mention | Got)[];

/** An option in a text: `layers[1]`, or with a value `loss 'bce'`, unless `words` replaces that. */
export function mention(name: string, value?: string, words?: string): Mention {
  const bracket = name.indexOf('[');
  const option = bracket < 0 ? name : name.slice(0, bracket);
  const index = bracket < 0 ? undefined : Number.parseInt(name.slice(bracket + 1), 10);
  return {
    option,
    ...(index !== undefined && { index }),
    ...(value !== undefined && { value }),
    words: words ?? (value === undefined ? name : `${name} '${value}'`),
  };
}

/** A text from a template: worded`${mention('resume')} and ${mention('reset')} cannot be combined`. */
export function worded(
  strings: TemplateStringsArray,
  ...parts: readonly (string | number | Mention | Got | Wording)[]
): Wording {
  return strings.flatMap((text, i) => {
    const part = parts[i - 1];
    const before = part === undefined ? [] : typeof part === 'number' ? [`${part}`] : part;
    return [...(Array.isArray(before) ? before : [before]), text].filter((one) => one !== '');
  }) as Wording;
}

/** The text in the library's own words. */
export function plain(wording: Wording): string {
  return wording
    .map((part) =>
      typeof part === 'string' ? part : 'words' in part ? part.words : `, got ${part.shown}`,
    )
    .join('');
}

/** Adds fields to an error that are not enumerable, so that it prints and compares as if it had none. */
export function hide<E extends Error, Fields extends object>(error: E, fields: Fields): E & Fields {
  const hidden = Object.entries(fields).map(([name, value]) => [name, { value }] as const);
  return Object.defineProperties(error, Object.fromEntries(hidden)) as E & Fields;
}

/** An error that also has its message in parts. */
export interface Worded {
  wording: Wording;
}

/** An error with this message, which also keeps its parts. */
export function errorOf(
  Kind: typeof TypeError | typeof RangeError,
  wording: Wording,
): Error & Worded {
  return hide(new Kind(plain(wording)), { wording });
}
