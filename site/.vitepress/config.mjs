import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { repositoryUrl } from '../../scripts/repository.mjs';
import { commands } from '../commands.mjs';
import { links } from '../links.mjs';
import { REWRITES, ROOT, SECTIONS } from '../pages.mjs';

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const repository = repositoryUrl();

/** An hourglass: wide, narrow, wide, like the networks. */
const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="#3451b2" d="M1 1h14L9 8l6 7H1l6-7z"/></svg>',
)}`;

/** Markdown files that are not pages. */
const OTHERS = readdirSync(ROOT, { recursive: true })
  .map((path) => path.split(sep).join('/'))
  .filter((path) => path.endsWith('.md') && !path.includes('node_modules/') && !REWRITES[path])
  // These are globs, in which brackets have another meaning.
  .filter((path) => !/[[\]]/.test(path));

const all = await commands();
const sidebar = SECTIONS.map(([text, pages]) => ({
  text,
  items: [
    ...pages.map(([name, , address]) => ({
      text: name,
      link: `/${address.replace(/index$/, '')}`,
    })),
    ...(text === 'Command line'
      ? all.map(({ name }) => ({ text: name, link: `/command/${name}` }))
      : []),
  ],
}));

export default {
  title: 'autoencoder-wasm',
  description: manifest.description,
  lang: 'en',
  // A placeholder: site/relative.mjs replaces it, so that the site works at any path.
  base: '/__site__/',
  srcDir: ROOT,
  srcExclude: [...OTHERS, '**/node_modules/**'],
  outDir: fileURLToPath(new URL('../dist', import.meta.url)),
  cacheDir: fileURLToPath(new URL('../node_modules/.cache/vitepress', import.meta.url)),
  rewrites: REWRITES,
  cleanUrls: false,
  head: [
    ['meta', { name: 'color-scheme', content: 'light dark' }],
    ['link', { rel: 'icon', type: 'image/svg+xml', href: ICON }],
  ],
  markdown: {
    config: (md) => {
      links(md, repository);
      // Empty table headers become plain cells, since screen readers would announce them.
      md.core.ruler.push('empty-headers', ({ tokens }) => {
        tokens.forEach((token, i) => {
          if (token.type !== 'th_open' || tokens[i + 1].content) return;
          for (const cell of [token, tokens[i + 2]]) cell.tag = 'td';
        });
      });
    },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
  },
  // The theme's home page has no main landmark that screen readers could skip to.
  transformHtml: (page) => page.replace('<div class="VPHome ', '<div role="main" class="VPHome '),
  vite: {
    plugins: [
      {
        name: 'vue-of-this-package',
        enforce: 'pre',
        // The pages are outside of this package, where vue cannot be resolved.
        resolveId(id, importer, { ssr }) {
          if (!/^vue(\/|$)/.test(id)) return;
          if (ssr) return { id, external: true };
          if (!importer?.endsWith('.md')) return;
          return this.resolve(id, fileURLToPath(new URL('../build.mjs', import.meta.url)), {
            skipSelf: true,
          });
        },
      },
    ],
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: { level: [2, 3] },
    nav: [
      { text: 'Start', link: '/start' },
      { text: 'Guides', link: '/guide/recipes', activeMatch: '/guide/' },
      { text: 'Commands', link: '/command/', activeMatch: '/command/' },
      { text: 'API', link: '/api/classes/index.Autoencoder.html', target: '_self' },
      { text: 'Benchmarks', link: '/benchmarks/', activeMatch: '/benchmarks/' },
      { text: 'Demo', link: '/demo/index.html', target: '_self' },
    ],
    sidebar,
    docFooter: { prev: 'Previous', next: 'Next' },
    externalLinkIcon: true,
    footer: { message: 'MIT licence. No cookies, no trackers, no requests to other hosts.' },
    socialLinks: [{ icon: 'github', link: repository, ariaLabel: 'The repository' }],
  },
};
