// Makes the built site work at any path of a host. VitePress knows one base, fixed when it builds; here it
// is a placeholder. In pages it is replaced by the relative path to the site's root, in scripts by the base
// that the page finds when it is opened.
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

/** For text that the page itself rewrites when it is opened. */
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
    // The search index is JSON in a string.
    /^const \w+='\{/.test(text)
      ? text
          .replaceAll(BASE, LATER)
          .replace("';export", `'.replaceAll("${LATER}",globalThis.__base);export`)
      : text.replaceAll(
          /(["'])\/__site__\/((?:(?!\1)[^\\\n])*)\1/g,
          (_, quote, rest) => `(globalThis.__base+${quote}${rest}${quote})`,
        ),
  '.css': (text) => text.replaceAll(BASE, '../'), // all CSS files are in assets/
};
