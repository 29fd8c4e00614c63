import type { Command } from './command.js';
import type { Flag } from './flags.js';

const PROGRAM = 'autoencoder-wasm';

export function generalHelp(commands: readonly Command[]): string {
  const names = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(names)}  ${summary}`);
  const [first] = commands as [Command];
  return `Train autoencoders and apply them to files of rows.

Usage: ${PROGRAM} COMMAND ... [flags]

${lines.join('\n')}

DATA is a file, or - for standard input: CSV, TSV, JSON, NPY, NPZ, Parquet or IDX, optionally gzipped.
Several files are read as one table; columns are matched by name.

Example: ${first.examples[0]}

Run ${PROGRAM} COMMAND --help for the flags of a command; --version (-V) prints the version.
Exit codes: 0 success, 1 failure, 2 wrong usage, 130 stopped by Ctrl-C, 141 output pipe closed.
`;
}

export function commandHelp({ name, operand, about, groups, examples }: Command): string {
  const flags = groups.flatMap(([, flags]) => flags);
  const width = Math.max(...flags.map((flag) => usage(flag).length));
  const sections = groups.map(([title, flags]) => {
    const lines = flags.map(
      (flag) => `  ${usage(flag).padEnd(width)}  ${wrapped(flag.help, width + 4)}`,
    );
    return `${title}:\n${lines.join('\n')}\n`;
  });
  return `${about}

Usage: ${PROGRAM} ${name} ${operand === 'DATA' ? 'DATA...' : operand} [flags]

${sections.join('\n')}
Example${examples.length > 1 ? 's' : ''}:
${examples.map((example) => `  ${example}`).join('\n')}
`;
}

/** The maximum width of help texts, unless a word is longer. */
const COLUMNS = 118;

/** Wraps a text; lines after the first are indented. */
function wrapped(text: string, indent: number): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    const fits = line !== undefined && indent + line.length + 1 + word.length <= COLUMNS;
    if (fits) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.join(`\n${' '.repeat(indent)}`);
}

function usage({ name, short, value, optional }: Flag): string {
  const its = value ? (optional ? `[=${value}]` : ` ${value}`) : '';
  return `${short ? `-${short}, ` : '    '}--${name}${its}`;
}
