// Texts of errors in which options, and arguments that rows come in, stand as such: so that the command
// line can call them by its flags and files without looking for them in a message.

/** An option, or an argument, in a text. */
export interface Mention {
  /** Its name, or the path to it, as in `schedule.warmup`. */
  readonly option: string;
  /** Which element of it is meant, from 0. */
  readonly index?: number | undefined;
  /** What it is set to, where the text says that. */
  readonly value?: string | undefined;
  /** How the library's own text has all this. */
  readonly words: string;
}

/** What was given in place of what was expected: the end of a text, which undefined makes another one. */
export interface Got {
  readonly got: unknown;
  readonly shown: string;
}

export type Wording = readonly (string | Mention | Got)[];

/** An option in a text: `layers[1]`, or with a value `loss 'bce'`, unless `words` are others. */
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

/** A text of a template: worded`${mention('resume')} and ${mention('reset')} cannot be combined`. */
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

/** The text as the library itself says it. */
export function plain(wording: Wording): string {
  return wording
    .map((part) =>
      typeof part === 'string' ? part : 'words' in part ? part.words : `, got ${part.shown}`,
    )
    .join('');
}

/** Fields of an error's that do not show: it looks, and compares, as if there were none. */
export function hide<E extends Error, Fields extends object>(error: E, fields: Fields): E & Fields {
  const hidden = Object.entries(fields).map(([name, value]) => [name, { value }] as const);
  return Object.defineProperties(error, Object.fromEntries(hidden)) as E & Fields;
}

/** What says its message in parts, too. */
export interface Worded {
  wording: Wording;
}

/** An error that says this, and keeps how. */
export function errorOf(
  Kind: typeof TypeError | typeof RangeError,
  wording: Wording,
): Error & Worded {
  return hide(new Kind(plain(wording)), { wording });
}
