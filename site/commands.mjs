// Writes a page for each command of the command line, from the same tables as its help.

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { ROOT } from './pages.mjs';

// Below both node_modules folders, so that the imports of the command line are found.
const BUNDLE = join(ROOT, 'site/node_modules/.cache/commands.mjs');

let found;

/** The list of src/cli/commands.ts. */
export async function commands() {
  found ??= build({
    entryPoints: [join(ROOT, 'src/cli/commands.ts')],
    bundle: true,
    outfile: BUNDLE,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'error',
  }).then(() => import(pathToFileURL(BUNDLE).href));
  return (await found).COMMANDS;
}

/** The page of one command. */
export function page({ name, operand, about, groups, examples }) {
  const usage = `autoencoder-wasm ${name} ${operand === 'DATA' ? 'DATA...' : operand} [flags]`;
  const tables = groups.map(
    ([title, flags]) => `## ${title}\n\n| flag | |\n|---|---|\n${flags.map(row).join('\n')}\n`,
  );
  return `# ${name}

${plain(about)}

\`\`\`sh
${usage}
\`\`\`

${tables.join('\n')}
## Examples

\`\`\`sh
${examples.join('\n')}
\`\`\`

DATA is a file, or \`-\` for standard input, in any of the formats of [the command line](/command/).
`;
}

function row({ name, short, value, optional, help, choices }) {
  const its = value ? (optional ? `[=${value}]` : ` ${value}`) : '';
  const list = choices && !help.includes(choices[0]) ? ` (${choices.join(', ')})` : '';
  return `| \`${short ? `-${short}, ` : ''}--${name}${its}\` | ${plain(help + list)} |`;
}

/** Escapes text, so that nothing in it is read as Markdown, HTML or Vue syntax. */
function plain(text) {
  return text
    .replace(/[\\`*_[\]|]/g, '\\$&')
    .replaceAll('<', '&lt;')
    .replaceAll('{{', '&#123;&#123;');
}
