import type { Command } from './command.js';
import type { Flag } from './flags.js';

const PROGRAM = 'autoencoder-wasm';

export function generalHelp(commands: readonly Command[]): string {
  const names = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(names)}  ${summary}`);
  const [first] = commands as [Command];
  return `Autoencoders from the command line: rows of numbers in, codes out.

Usage: ${PROGRAM} COMMAND ... [flags]

${lines.join('\n')}

DATA is a file, or - for standard input: CSV, TSV, JSON, NPY, NPZ, Parquet or IDX, also compressed by gzip.
Several files are read as one table, whose columns are matched by name.

Example: ${first.examples[0]}

${PROGRAM} COMMAND --help says more; --version, or -V, the version.
Exit codes: 0 done, 1 failure, 2 wrong usage, 130 stopped by Ctrl-C, 141 its reader went away.
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

/** How wide a help is at the most, where its words allow that. */
const COLUMNS = 118;

/** A text in lines, those behind the first as far in as the first. */
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
