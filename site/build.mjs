// Builds the site in site/dist, for any static host: pages by VitePress, /api/ by typedoc, /demo/ and /odd/
// by Vite. npm run site in the root builds all but the pages first.
import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vitepress';
import { ROOT } from './pages.mjs';
import { makeRelative } from './relative.mjs';

const site = import.meta.dirname;
const dist = join(site, 'dist');
const parts = {
  'docs/reference/html': 'api',
  'examples/browser/dist': 'demo',
  'examples/odd/dist': 'odd',
};
for (const part of Object.keys(parts)) {
  if (!existsSync(join(ROOT, part))) throw new Error(`there is no ${part}: npm run site makes it`);
}

rmSync(dist, { recursive: true, force: true });
await build(site);
makeRelative(dist);
for (const [from, to] of Object.entries(parts)) {
  cpSync(join(ROOT, from), join(dist, to), { recursive: true });
}
writeFileSync(join(dist, '.nojekyll'), ''); // GitHub Pages would otherwise leave out names that begin with _
