// Links of the pages: between files of the repository in their sources, between addresses in the site.
import { existsSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { REWRITES, ROOT } from './pages.mjs';

/** A plugin of markdown-it. `repository` is where files are that the site does not have. */
export function links(md, repository) {
  md.core.ruler.push('links-of-the-repository', ({ tokens, env }) => {
    for (const { children } of tokens) {
      for (const token of children ?? []) {
        const href = token.type === 'link_open' ? token.attrGet('href') : null;
        if (href && !/^(?:[a-z]+:|#)/i.test(href)) token.attrSet('href', target(href, env));
      }
    }
  });

  function target(href, { realPath: real, path, relativePath }) {
    const realPath = real ?? path; // which the index of the search has under the latter
    const [file = '', anchor] = href.split('#');
    const hash = anchor ? `#${anchor}` : '';
    // To an address of the site, as pages have them that are of the site alone.
    if (href.startsWith('/')) return `${between(relativePath, file.slice(1))}${hash}`;
    const source = join(dirname(realPath), decodeURI(file));
    const name = relative(ROOT, source).split(sep).join('/');
    const address = REWRITES[name];
    if (address) return `${between(relativePath, address)}${hash}`;
    if (!existsSync(source))
      throw new Error(`${realPath} has a link to ${href}, which is not there`);
    return `${repository}/blob/main/${name}${hash}`;
  }
}

/** The way from one page to another; VitePress knows only these whatever the site's base. */
function between(from, to) {
  const way = posix.relative(posix.dirname(from), to) || '.';
  return to === '' || to.endsWith('/') ? `${way}/` : way;
}
