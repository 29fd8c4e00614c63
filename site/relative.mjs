// Makes the built site work wherever a host puts it: VitePress knows one base, given when it builds,
// which here is a word that is replaced, in pages by the way up to the site's root, and in scripts by
// what the page has found its base to be.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join, relative } from 'node:path';

export const BASE = '/__site__/';

export function makeRelative(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  for (const file of files) {
    const change = CHANGES[extname(file)];
    if (!change) continue;
    const text = readFileSync(file, 'utf8');
    if (!text.includes(BASE)) continue;
    const depth = relative(folder, file).split(/[\\/]/).length - 1;
    const changed = change(text, '../'.repeat(depth) || './');
    if (changed.includes(BASE)) throw new Error(`${file} still has ${BASE}`);
    writeFileSync(file, changed);
  }
}

/** In texts that the page itself changes when it is opened. */
const LATER = '/@base@/';

const CHANGES = {
  '.html': (text, up) => {
    const base = `globalThis.__base=new URL(${JSON.stringify(up)},location.href).pathname;`;
    return text
      .replace('<head>', `<head>\n    <script>${base}</script>`)
      .replace(
        /(window\.__VP_SITE_DATA__=)(JSON\.parse\("(?:[^"\\]|\\.)*"\))/,
        (_, name, parse) =>
          `${name}${parse.slice(0, -1).replaceAll(BASE, LATER)}.replaceAll("${LATER}",__base))`,
      )
      .replaceAll(BASE, up);
  },
  '.js': (text) =>
    // The index of the search is JSON in a text.
    /^const \w+='\{/.test(text)
      ? text
          .replaceAll(BASE, LATER)
          .replace("';export", `'.replaceAll("${LATER}",globalThis.__base);export`)
      : text.replaceAll(
          /(["'])\/__site__\/((?:(?!\1)[^\\\n])*)\1/g,
          (_, quote, rest) => `(globalThis.__base+${quote}${rest}${quote})`,
        ),
  '.css': (text) => text.replaceAll(BASE, '../'), // all of them are in assets/
};
