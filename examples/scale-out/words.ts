// Formats messages, prints them, and defines the errors of the command line.

/** The command line is invalid: exit code 2. */
export class UsageError extends Error {}

/** A short message for a failure of the file system. */
export function fileError(path: string, error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  const known: Record<string, string> = {
    ENOENT: 'no such file or folder',
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    ELOOP: 'its links form a loop',
    ENOTDIR: 'a part of its path is a file, not a folder',
  };
  return new Error(`${printable(path, 400)}: ${known[code ?? ''] ?? message}`, { cause: error });
}

/** Cuts a text to `most` characters and three dots, and escapes characters that could control the terminal. */
export function printable(text: string, most = 40): string {
  const cut = text.length > most ? `${text.slice(0, most)}...` : text;
  return cut.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Formats a count, as in `1,000 rows`. */
export function count(number: number, what: string): string {
  return `${number.toLocaleString('en')} ${what}${number === 1 ? '' : 's'}`;
}

/** Formats a duration, as in `0.4 s` or `3 min 20 s`. */
export function seconds(time: number): string {
  if (time < 10) return `${time.toFixed(1)} s`;
  const whole = Math.round(time);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** Writes to standard output, and resolves when it has been written. */
export function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}
