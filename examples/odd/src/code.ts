// Lines of code that do the same work, ready to copy.

import { byId, make } from './dom.js';
import type { ColumnInfo, ReadingOptions, TableInfo } from './engine/calls.js';

export interface Told {
  info: TableInfo;
  columns: readonly ColumnInfo[];
  reading: ReadingOptions;
  seed: number;
  threshold: number;
}

/** The code for Node, the browser and the command line. */
export function linesOf(told: Told): [title: string, text: string][] {
  const { info, seed, threshold } = told;
  const base = info.name.replace(/\.gz$/i, '').replace(/\.\w+$/, '') || 'table';
  const file = `${base}-odd.safetensors`;
  const types = typesOf(told);
  const options = [`seed: ${seed}`, ...(types === '' ? [] : [`types: ${types}`])].join(', ');
  const rows =
    info.kind === 'pictures'
      ? `// rows: objects with one column per pixel: { '1,1': 0 to 255, '1,2': ... }, ${info.side} × ${info.side} ${info.depth === 1 ? 'grey' : 'coloured'}`
      : `// rows: objects, such as ${exampleOf(told.columns)}`;
  const learn = [
    `const detector = new AnomalyDetector({ ${options} });`,
    'await detector.fit(rows);',
    `detector.setThreshold(${threshold});`,
  ];
  const use = [
    'const scores = await detector.score(rows);',
    'const why = await detector.explain(rows.slice(0, 1));',
  ];
  const node = [
    "import { readFileSync } from 'node:fs';",
    "import { AnomalyDetector } from 'autoencoder-wasm/anomalies';",
    '',
    rows,
    ...learn,
    '// or the detector downloaded from this page:',
    `// const detector = AnomalyDetector.load(readFileSync(${quote(file)}));`,
    ...use,
  ];
  const browser = [
    "import { AnomalyDetector } from 'autoencoder-wasm/anomalies';",
    '',
    `const file = await fetch(${quote(file)}); // the detector downloaded from this page`,
    'const detector = AnomalyDetector.load(await file.arrayBuffer());',
    rows,
    ...use,
  ];
  return [
    ['Node', node.join('\n')],
    ['Browser', browser.join('\n')],
    ['Command line', commandLines(told, file)],
  ];
}

function commandLines({ info, columns, reading, seed, threshold }: Told, file: string): string {
  if (info.kind === 'pictures') {
    return [
      '# first write the pictures to a table: one line per picture, pixels as numbers',
      `npx autoencoder-wasm anomalies pictures.csv --seed ${seed} --save ${file}`,
    ].join('\n');
  }
  const changed = columns.filter(({ type, inferred }) => type !== inferred);
  const na = [...(reading.na ?? []), ...columns.flatMap(({ stray }) => stray.words)];
  const flags: [string, string | number | undefined][] = [
    ['--seed', seed === 0 ? undefined : seed],
    [
      '--type',
      changed.length > 0 ? changed.map(({ name, type }) => `${name}=${type}`).join(',') : undefined,
    ],
    ['--delimiter', reading.delimiter],
    ['--decimal', reading.decimal],
    ['--thousands', reading.thousands],
    ['--skip', reading.skip],
    ['--na', na.length > 0 ? [...new Set(na)].join(',') : undefined],
  ];
  const told = flags.flatMap(([flag, value]) =>
    value === undefined ? [] : [`${flag} ${shell(String(value))}`],
  );
  if (reading.header !== undefined) told.push(reading.header ? '--header' : '--no-header');
  if (reading.symbols) told.push('--symbols');
  const data = shell(info.name);
  return [
    `npx autoencoder-wasm anomalies ${[data, ...told, `--threshold ${threshold}`].join(' ')} --save ${shell(file)}`,
    '# later, for other rows:',
    `npx autoencoder-wasm anomalies new.csv --model ${shell(file)}`,
  ].join('\n');
}

function typesOf({ columns }: Told): string {
  const told = columns.filter(({ type, inferred }) => type !== inferred);
  if (told.length === 0) return '';
  return `{ ${told.map(({ name, type }) => `${key(name)}: '${type}'`).join(', ')} }`;
}

function exampleOf(columns: readonly ColumnInfo[]): string {
  const cells = columns.slice(0, 3).map(({ name, type, examples: [first = ''] }) => {
    const isNumber = type === 'number' && Number.isFinite(Number(first));
    return `${key(name)}: ${isNumber ? first : quote(first.slice(0, 24))}`;
  });
  return `{ ${cells.join(', ')}${columns.length > 3 ? ', ...' : ''} }`;
}

const key = (name: string) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : quote(name));
const quote = (text: string) => `'${text.replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n')}'`;
const shell = (text: string) =>
  /^[\w./=,:+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

export function showCode(told: Told): void {
  byId('code', HTMLElement).replaceChildren(
    ...linesOf(told).map(([title, text]) => {
      const copy = make(
        'button',
        { type: 'button', 'aria-label': `Copy the lines for ${title}` },
        'Copy',
      );
      copy.addEventListener('click', async () => {
        try {
          await navigator.clipboard.writeText(text);
          copy.textContent = 'Copied';
        } catch {
          getSelection()?.selectAllChildren(code);
          copy.textContent = 'Selected: copy it now';
        }
        setTimeout(() => {
          copy.textContent = 'Copy';
        }, 2000);
      });
      const code = make('code', {}, text);
      const pre = make(
        'pre',
        { tabindex: '0', role: 'region', 'aria-label': `Lines for ${title}` },
        code,
      );
      return make(
        'div',
        { class: 'lines' },
        make('div', { class: 'heading' }, make('h3', {}, title), copy),
        pre,
      );
    }),
  );
}
