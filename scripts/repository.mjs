// Where the project is hosted: `repository` in package.json, which the publisher sets once. The published
// manifest, the README's links there and the site follow from it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The placeholder in package.json until then. */
export const PLACEHOLDER = 'OWNER';

/** A URL such as https://github.com/OWNER/autoencoder-wasm */
export function repositoryUrl() {
  const path = join(import.meta.dirname, '../package.json');
  const { repository } = JSON.parse(readFileSync(path, 'utf8'));
  return repository.url.replace(/^git\+/, '').replace(/\.git$/, '');
}
