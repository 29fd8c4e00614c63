import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';

/** The URL of the package, if its manifest has none. */
const PACKAGE = 'https://www.npmjs.com/package/autoencoder-wasm';

/** Fills in the links of index.html from the package's manifest. */
export function linksPlugin(): Plugin {
  const { homepage, repository } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  ) as { homepage?: string; repository?: { url: string } };
  const code = repository?.url.replace(/^git\+|\.git$/g, '') ?? PACKAGE;
  const docs = homepage ?? `${code}#readme`;
  return {
    name: 'links',
    transformIndexHtml: (html) => html.replace('%DOCS%', docs).replace('%CODE%', code),
  };
}
