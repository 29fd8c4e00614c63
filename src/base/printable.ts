// Makes text from files and arguments safe to show in messages.

/**
 * Characters that control a terminal or change how text is displayed: controls, line ends, writing
 * directions.
 */
const HIDDEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A text on one line, of no more than `most` characters, with control characters escaped. */
export function printable(text: string, most = 40): string {
  // Truncated first, since a file may hold megabytes, and not inside a surrogate pair.
  const start = text.slice(0, most).replace(/[\ud800-\udbff]$/, '');
  const shown = text.length > most ? `${start}...` : text;
  return shown.replace(
    HIDDEN,
    (character) =>
      NAMED[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The same, in quotes. */
export function quoted(text: string, most?: number): string {
  return `'${printable(text, most)}'`;
}
