// The files that pages and comments mention exist.

import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { globSync } from 'tinyglobby';
import { expect, test } from 'vitest';
import { ROOT } from '../../support/node/child.js';

/** Files that a build, a run or an installation creates. */
const MADE =
  /^(build|dist|report|src\/generated|docs\/reference\/html|site\/dist|examples\/(?:browser|odd)\/dist|.*node_modules)(\/|$)/;

const files = globSync(['**/*.{md,ts,js,mjs,py,json}', '.ci/run'], {
  cwd: ROOT,
  dot: true,
  ignore: [
    '**/node_modules',
    '{build,dist,report,site/dist}/**',
    'docs/reference/html/**',
    'src/generated',
    '**/package-lock.json',
    '.git',
  ],
});
const folders = ['assembly', 'src', 'test', 'bench', 'examples', 'docs', 'site', 'scripts'];
const PATH = new RegExp(`(?<![\\w./@-])(?:${folders.join('|')})/[\\w./*-]*\\w`, 'g');
// Addresses that begin with a slash belong to the site; site/check.mjs checks them.
const LINK = /\]\((?!https?:|mailto:|\/)([^)#\s]*)(?:#([^)\s]+))?\)/g;

/** The comments of code files, and the whole text of pages. */
function texts(file: string): string {
  const text = readFileSync(join(ROOT, file), 'utf8');
  // Code in pages has indices before parentheses, which look like links.
  if (file.endsWith('.md')) return text.replace(/^```[\s\S]*?^```/gm, '');
  if (file.startsWith('.ci')) return text;
  const comment = file.endsWith('.py') ? /#.*/g : /(?<![:'"`\w])\/\/.*|\/\*[\s\S]*?\*\//g;
  return [...text.matchAll(comment)].map(([found]) => found).join('\n');
}

function isThere(path: string): boolean {
  if (MADE.test(path) || path.includes('*')) return true;
  // Imports name .js for .ts files, and comments may omit the extension.
  const names = [path, `${path}.ts`, path.replace(/\.js$/, '.ts')];
  return names.some((name) => existsSync(join(ROOT, name)));
}

test("paths from the repository's root exist", () => {
  const lost = files
    .filter((file) => file !== 'CHANGELOG.md')
    .flatMap((file) =>
      [...texts(file).matchAll(PATH)]
        .map(([path]) => path)
        .filter((path) => !isThere(path) && !existsSync(join(ROOT, dirname(file), path)))
        .map((path) => `${file}: ${path}`),
    );
  expect(lost).toEqual([]);
});

/** The anchors that GitHub gives to a page's headings. */
function anchors(page: string): string[] {
  const text = readFileSync(join(ROOT, page), 'utf8').replace(/^```[\s\S]*?^```/gm, '');
  return Array.from(text.matchAll(/^#+ (.*)$/gm), ([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_\- ]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test('links to files and to headings exist', () => {
  const lost = files
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) =>
      [...texts(file).matchAll(LINK)]
        .filter(([, path, anchor]) => {
          const page = path ? join(dirname(file), path) : file;
          if (!existsSync(join(ROOT, page))) return true;
          return anchor !== undefined && page.endsWith('.md') && !anchors(page).includes(anchor);
        })
        .map(([link]) => `${file}: ${link}`),
    );
  expect(lost).toEqual([]);
});

test('files that comments mention by name exist', () => {
  const known = new Set(files.map((file) => basename(file)));
  const NAME = /(?<![\w./@*-])[a-z][\w-]*\.(?:test|slow)\.ts\b/g;
  const lost = files
    .filter((file) => file !== 'CHANGELOG.md')
    .flatMap((file) =>
      [...texts(file).matchAll(NAME)]
        .map(([name]) => name)
        .filter((name) => !known.has(name) && name !== 'x.test.ts' && name !== 'x.slow.ts')
        .map((name) => `${file}: ${name}`),
    );
  expect(lost).toEqual([]);
});
