import { THEME } from './theme.js';

/** The width of the figures in the units of their text, chosen so that they are readable on a phone. */
export const WIDTH = 520;

/** Escapes text for XML, with typographic apostrophes as in the rest of the report. */
export function escapeXml(text: string): string {
  return text.replaceAll("'", '’').replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** Wraps content of WIDTH x height into a figure. */
export function drawing(height: number, content: string): string {
  return asFigure(
    `<svg viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-size="13">${content}</svg>`,
  );
}

/** Prepares an <svg> element from any source to be drawn in the colours of the theme. */
export function asFigure(svg: string): string {
  const end = svg.indexOf('>');
  const attributes = svg.slice(4, end).replace(/\s(xmlns(:xlink)?|class)="[^"]*"/g, '');
  return `<svg xmlns="http://www.w3.org/2000/svg" class="figure"${attributes}${svg.slice(end)}`;
}

/** Returns the figure as a standalone file. */
export function svgFile(svg: string): string {
  return `${svg.replace('>', `><style>${THEME}</style>`)}\n`;
}

export function text(
  x: number,
  y: number,
  content: string,
  attributes: Record<string, string | number> = {},
): string {
  const rest = Object.entries(attributes).map(([name, value]) => ` ${name}="${value}"`);
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}"${rest.join('')}>${escapeXml(content)}</text>`;
}
