// dist/ -> build/package/: the package that is published, and that the tests install. Its manifest has no
// development tools and no scripts, since npm would warn about scripts when the package is installed from a
// file. The repository's package.json is never changed, so nothing has to be restored.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, relative } from 'node:path';
import { repositoryUrl } from './repository.mjs';

const FOLDER = 'build/package';

export function writePackage() {
  rmSync(FOLDER, { recursive: true, force: true });
  const {
    private: _,
    files,
    scripts,
    devDependencies,
    ...manifest
  } = JSON.parse(readFileSync('package.json', 'utf8'));
  const doors = Object.keys(manifest.exports).map((door) => basename(door));
  cpSync('dist', `${FOLDER}/dist`, {
    recursive: true,
    // The declarations of the entry points refer only to .d.cts files.
    filter: (path) =>
      !path.endsWith('.d.ts') || isDoor(relative('dist', path).slice(0, -'.d.ts'.length)),
  });
  cpSync('LICENSE', `${FOLDER}/LICENSE`);
  const url = repositoryUrl();
  const readme = readFileSync('README.md', 'utf8');
  writeFileSync(`${FOLDER}/README.md`, absolute(readme, url, `v${manifest.version}`));
  writeJson('package.json', { ...manifest, homepage: `${url}#readme`, bugs: `${url}/issues` });
  // For tools that ignore "exports": TypeScript's node10, Parcel 2, eslint-plugin-import.
  for (const [door, conditions] of Object.entries(manifest.exports)) {
    if (door === '.' || typeof conditions === 'string') continue;
    const { types, require, default: module } = conditions;
    const paths = { main: require, module, types: types.require };
    mkdirSync(`${FOLDER}/${door}`);
    writeJson(
      `${door}/package.json`,
      Object.fromEntries(Object.entries(paths).map(([key, path]) => [key, `.${path}`])),
    );
  }

  function isDoor(name) {
    return name === 'index' || doors.includes(name);
  }
}

/**
 * Makes the links and pictures of a page absolute, to this tag in the repository, so that they work
 * anywhere.
 */
export function absolute(page, url, tag) {
  return page.replace(/\]\((?!https?:|#)([^)]+)\)/g, (_, path) => {
    const kind = /\.(svg|png)$/.test(path) ? 'raw' : 'blob';
    return `](${url}/${kind}/${tag}/${path})`;
  });
}

function writeJson(path, value) {
  writeFileSync(`${FOLDER}/${path}`, `${JSON.stringify(value, null, 2)}\n`);
}
