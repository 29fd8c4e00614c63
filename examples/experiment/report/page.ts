// The page: figures, tables and text in one self-contained file.

import { readFileSync } from 'node:fs';
import { escapeXml } from './svg.js';
import { THEME } from './theme.js';
import { dataUrl } from './tiles.js';

export interface Figure {
  /** The name of its file, without the extension. */
  file: string;
  title: string;
  /** What the figure shows, and what to notice in it. */
  caption: string;
  /** The alternative text for screen readers. */
  alt: string;
  /** An SVG drawing, or the bytes of a PNG. */
  image: string | Uint8Array;
  /** Whether it keeps its own size, instead of becoming as wide as the text. */
  narrow?: boolean;
}

export interface Table {
  title: string;
  caption: string;
  head: string[];
  /** The first cell of each row is its name. */
  rows: string[][];
}

export interface Section {
  heading: string;
  /** The text of a paragraph, or nothing. */
  text: string;
  list?: string[];
  /** A warning, shown in a box before everything else. */
  warning?: string | undefined;
  parts: (Figure | Table)[];
}

export interface Page {
  kicker: string;
  title: string;
  lead: string;
  sections: Section[];
  footer: string;
}

export function html({ kicker, title, lead, sections, footer }: Page): string {
  const css = readFileSync(new URL('page.css', import.meta.url), 'utf8');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeXml(title)}</title>
<link rel="icon" href="data:,">
<style>${THEME}${css}</style>
</head>
<body>
<header>
<p class="kicker">${escapeXml(kicker)}</p>
<h1>${escapeXml(title)}</h1>
<p class="lead">${escapeXml(lead)}</p>
</header>
<nav aria-labelledby="contents">
<h2 id="contents">Contents</h2>
<ol>
${sections.map(entry).join('\n')}
</ol>
</nav>
<main>
${sections.map(section).join('\n')}
</main>
<footer>${escapeXml(footer)}</footer>
</body>
</html>
`;
}

/** A section's entry in the table of contents, with its figures and tables. */
function entry(section: Section): string {
  const parts = section.parts.map((part) => link(part.title, idOf(part)));
  const rest = parts.length ? `<br><span class="parts">${parts.join(', ')}</span>` : '';
  return `<li>${link(section.heading, slug(section.heading))}${rest}</li>`;
}

function link(text: string, id: string): string {
  return `<a href="#${id}">${escapeXml(text)}</a>`;
}

function slug(text: string): string {
  return text.toLowerCase().replaceAll(' ', '-');
}

function idOf(part: Figure | Table): string {
  return 'image' in part ? part.file : slug(part.title);
}

function section({ heading, text, list = [], warning, parts }: Section): string {
  const content = [
    warning ? `<p class="warning" role="note">${escapeXml(warning)}</p>` : '',
    text ? `<p>${escapeXml(text)}</p>` : '',
    list.length
      ? `<ul>\n${list.map((item) => `<li>${escapeXml(item)}</li>`).join('\n')}\n</ul>`
      : '',
    ...parts.map((part) => ('image' in part ? figure(part) : table(part))),
  ].filter(Boolean);
  return `<section aria-labelledby="${slug(heading)}">
<h2 id="${slug(heading)}">${escapeXml(heading)}</h2>
${content.join('\n')}
</section>`;
}

function figure({ file, title, caption, alt, image, narrow }: Figure): string {
  const label = escapeXml(alt);
  const picture =
    typeof image === 'string'
      ? image
          .replace('<svg', `<svg role="img" aria-label="${label}"`)
          .replace('class="figure"', narrow ? 'class="figure narrow"' : 'class="figure"')
      : `<img class="digits" alt="${label}" src="${dataUrl(image)}">`;
  return `<figure id="${file}">\n${picture}\n${figcaption(title, caption)}\n</figure>`;
}

function table({ title, caption, head, rows }: Table): string {
  const cells = (row: string[], tag: string, scope: string) =>
    row
      .map((cell, i) =>
        i === 0 || tag === 'th'
          ? `<th scope="${i === 0 && tag === 'td' ? 'row' : scope}">${escapeXml(cell)}</th>`
          : `<td>${escapeXml(cell)}</td>`,
      )
      .join('');
  return `<figure id="${slug(title)}">
<div class="scroll" tabindex="0" role="region" aria-label="${escapeXml(title)}"><table>
<thead><tr>${cells(head, 'th', 'col').replace('<th scope="col"></th>', '<td></td>')}</tr></thead>
<tbody>
${rows.map((row) => `<tr>${cells(row, 'td', 'row')}</tr>`).join('\n')}
</tbody>
</table></div>
${figcaption(title, caption)}
</figure>`;
}

function figcaption(title: string, caption: string): string {
  return `<figcaption><b>${escapeXml(title)}.</b> ${escapeXml(caption)}</figcaption>`;
}
