// Checks that the built site works: every link leads somewhere, axe finds nothing on any page in light and
// dark mode, all pages can be used by keyboard, and all of this under a path that the build did not know.
// Prints the weight of the pages. `node check.mjs start` checks only pages with this word in their address.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { extname, join, normalize } from 'node:path';
import { ROOT } from './pages.mjs';

const { chromium } = createRequire(join(ROOT, 'package.json'))('playwright');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const dist = join(import.meta.dirname, 'dist');
const UNDER = '/some/path';
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.png': 'image/png',
};
const server = createServer(({ url = '/' }, response) => {
  const { pathname } = new URL(url, 'http://localhost');
  const path = normalize(decodeURIComponent(pathname));
  const file = join(dist, path.slice(UNDER.length), path.endsWith('/') ? 'index.html' : '');
  try {
    if (!path.startsWith(`${UNDER}/`) || !statSync(file).isFile()) throw new Error(path);
    // Only the content type, as the simplest host would send.
    response.setHeader('Content-Type', TYPES[extname(file)] ?? 'application/octet-stream');
    response.end(readFileSync(file));
  } catch {
    response.writeHead(404).end('not found');
  }
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${server.address().port}${UNDER}/`;

const problems = [];
const all = readdirSync(dist, { recursive: true })
  .filter((file) => file.endsWith('.html'))
  .map((file) => file.split('\\').join('/'));
// typedoc's pages and the demo are checked where they are built; here only the links to them.
const pages = all.filter((file) => !/^(api|demo|odd)\//.test(file) && file !== '404.html');
const wanted = pages.filter((page) => process.argv.slice(2).every((word) => page.includes(word)));

const executablePath = process.env.CHROME_BIN ?? '/usr/bin/chromium';
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });

/** The ids of a page, read from the HTML file. */
const ids = (file) =>
  new Set(
    Array.from(readFileSync(join(dist, file), 'utf8').matchAll(/\sid="([^"]+)"/g), ([, id]) => id),
  );

const weights = [];
for (const page of wanted) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const tab = await context.newPage();
  tab.setDefaultTimeout(120_000);
  let [bytes, requests] = [0, 0];
  tab.on('response', async (response) => {
    if (/\/demo\/|^blob:/.test(response.url())) return;
    requests++;
    const { responseBodySize = 0 } = await response
      .request()
      .sizes()
      .catch(() => ({}));
    bytes += responseBodySize;
    if (response.status() >= 400) problems.push(`${page}: ${response.url()} is not there`);
    if (!response.url().startsWith(origin)) problems.push(`${page} asks for ${response.url()}`);
  });
  tab.on('pageerror', (error) => problems.push(`${page}: ${error}`));
  tab.on('console', (message) => {
    if (message.type() === 'error') problems.push(`${page}: ${message.text()}`);
  });
  await tab.goto(origin + page, { waitUntil: 'load' });
  await tab.waitForFunction('document.querySelector("#app")?.__vue_app__');
  const loaded = await tab.evaluate(() => performance.getEntriesByType('navigation')[0].duration);

  for (const href of await tab.evaluate(() => [...document.links].map(({ href }) => href))) {
    const link = new URL(href);
    if (!href.startsWith(origin)) {
      if (href.startsWith(new URL(origin).origin))
        problems.push(`${page}: ${href} leaves the site`);
      continue;
    }
    const path = decodeURIComponent(link.pathname.slice(UNDER.length + 1)).replace(
      /(^|\/)$/,
      '$1index.html',
    );
    if (!all.includes(path)) problems.push(`${page}: there is no ${path}`);
    else if (
      link.hash &&
      !/^(api|demo|odd)\//.test(path) &&
      !ids(path).has(decodeURIComponent(link.hash.slice(1)))
    )
      problems.push(`${page}: ${path} has no ${link.hash}`);
  }

  for (const colorScheme of ['light', 'dark']) {
    await tab.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await tab.waitForFunction(
      `document.documentElement.classList.contains('dark') === ${colorScheme === 'dark'}`,
    );
    await tab.evaluate(axe);
    const { violations } = await tab.evaluate(() => globalThis.axe.run({ exclude: [['iframe']] }));
    for (const { id, nodes } of violations)
      problems.push(
        `${page}, ${colorScheme}: ${id}, ${nodes.length} times, as in ${nodes[0].html.slice(0, 160)}`,
      );
  }

  // The first tab stop must skip the navigation, and every focused element must be visibly focused.
  await tab.emulateMedia({ colorScheme: 'light' });
  await tab.evaluate(() => document.activeElement?.blur());
  await tab.keyboard.press('Tab');
  const first = await tab.evaluate(() => document.activeElement?.textContent?.trim());
  if (first !== 'Skip to content') problems.push(`${page}: the first tab stop is ${first}`);
  for (let i = 0; i < 12; i++) {
    await tab.keyboard.press('Tab');
    const lost = await tab.evaluate(() => {
      const at = document.activeElement;
      if (!at || at === document.body) return 'nothing';
      const { outlineStyle, boxShadow } = getComputedStyle(at);
      const { width, height } = at.getBoundingClientRect();
      const seen = (outlineStyle !== 'none' || boxShadow !== 'none') && width > 0 && height > 0;
      return seen || at.tagName === 'IFRAME' ? undefined : at.outerHTML.slice(0, 120);
    });
    if (lost) problems.push(`${page}: focus cannot be seen on ${lost}`);
  }
  // Nothing may be wider than a phone's screen.
  await tab.setViewportSize({ width: 390, height: 800 });
  const wide = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (wide > 0) problems.push(`${page}: ${wide} px wider than a telephone`);
  weights.push({
    page,
    requests,
    'KB, not compressed': Math.round(bytes / 1000),
    'ms to load': Math.round(loaded),
  });
  await context.close();
}

if (wanted.includes('start.html')) {
  const tab = await browser.newPage();
  await tab.goto(`${origin}start.html`);
  await tab.waitForFunction('document.querySelector("#app")?.__vue_app__');
  tab.setDefaultTimeout(60_000);
  try {
    await tab.getByRole('button', { name: 'Search' }).first().click();
    await tab.locator('#localsearch-input').fill('threshold');
    await tab.locator('.result').first().waitFor();
    await tab.keyboard.press('Enter');
    await tab.waitForURL((url) => !url.pathname.endsWith('start.html'));
    if (!tab.url().startsWith(origin)) problems.push(`search leads to ${tab.url()}`);
  } catch (error) {
    problems.push(`search: ${error}`);
  }
}

await browser.close();
server.close();
console.table(weights);
for (const problem of problems) console.log(problem);
console.log(`${wanted.length} of ${all.length} pages, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
