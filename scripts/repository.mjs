// Where the project lives: `repository` in package.json, which whoever publishes it fills in once. The
// published manifest, the README's links there and the site follow from it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The word that stands there until somebody has. */
export const PLACEHOLDER = 'OWNER';

/** As in https://github.com/OWNER/autoencoder-wasm */
export function repositoryUrl() {
  const path = join(import.meta.dirname, '../package.json');
  const { repository } = JSON.parse(readFileSync(path, 'utf8'));
  return repository.url.replace(/^git\+/, '').replace(/\.git$/, '');
}
