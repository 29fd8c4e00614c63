// Rewrites the links of pages: in their sources they are between files of the repository, in the site
// between addresses.
import { existsSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { REWRITES, ROOT } from './pages.mjs';

/** A plugin for markdown-it. `repository` is the URL for files that are not in the site. */
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
    const realPath = real ?? path; // which the search index has under relativePath
    const [file = '', anchor] = href.split('#');
    const hash = anchor ? `#${anchor}` : '';
    // A link to an address of the site, as pages that exist only in the site have.
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

/** A relative link from one page to another: VitePress handles only these regardless of the site's base. */
function between(from, to) {
  const way = posix.relative(posix.dirname(from), to) || '.';
  return to === '' || to.endsWith('/') ? `${way}/` : way;
}
