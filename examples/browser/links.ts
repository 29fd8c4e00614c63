import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';

/** Where the package is to be found, if its manifest does not say. */
const PACKAGE = 'https://www.npmjs.com/package/autoencoder-wasm';

/** Fills the links of index.html in, as the package's manifest has them. */
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
