// The report that the experiment writes is complete, consistent and self-contained.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { decode } from 'fast-png';
import { parseHTML } from 'linkedom';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Summary } from '../../../examples/experiment/report/summary.js';
import type { Results } from '../../../examples/experiment/results.js';
import { axeViolations } from '../../support/node/axe.js';
import { ROOT } from '../../support/node/child.js';
import { findChromium, launchChromium, openPage } from '../../support/node/chromium.js';

const EPOCHS = 2;
const FIGURES = [
  'figure-1-samples.png',
  'figure-2-architecture.svg',
  'figure-3-gradient.svg',
  'figure-4-loss.svg',
  'figure-5-reconstructions.svg',
  'figure-6-worst-and-best.svg',
  'figure-7-error-by-digit.svg',
  'figure-8-code-units.svg',
  'figure-9-map-of-codes.svg',
  'figure-10-dead-units.svg',
];

let out: string;
let html: string;
let page: Document;
let results: Results;
beforeAll(() => {
  out = mkdtempSync(join(tmpdir(), 'autoencoder-wasm-'));
  const tsx = createRequire(import.meta.url).resolve('tsx/cli');
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      ...[tsx, 'examples/experiment/main.ts', '--data', 'small', '--epochs', `${EPOCHS}`],
      ...['--seed', '5', '--seeds', '2', '--out', out],
    ],
    { cwd: ROOT, encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  expect(status).toBe(0);
  html = readFileSync(join(out, 'index.html'), 'utf8');
  page = parseHTML(html).document;
  results = JSON.parse(readFileSync(join(out, 'results.json'), 'utf8'));
});
afterAll(() => rmSync(out, { recursive: true }));

function file(name: string): string {
  return readFileSync(join(out, name), 'utf8');
}

test('the folder contains the page, the results and the figures only', () => {
  expect(readdirSync(out).sort()).toEqual([...FIGURES, 'index.html', 'results.json'].sort());
});

test('nothing is loaded from other hosts', () => {
  for (const text of [html, ...FIGURES.filter((name) => name.endsWith('svg')).map(file)]) {
    expect(text).not.toMatch(/<script|@import|url\(/i);
    const references = [...text.matchAll(/\b(?:src|srcset|href|data|action)="([^"]*)"/g)];
    // A link within the page loads nothing.
    for (const [, target] of references) expect(target).toMatch(/^(data:|#)/);
  }
});

test('each figure has a caption that explains what it shows', () => {
  const figures = [...page.querySelectorAll('figure')];
  const titles = figures.map((figure) => figure.querySelector('figcaption b')?.textContent);
  const numbered = FIGURES.map((_, i) => `Figure ${i + 1}.`);
  expect(titles.filter((title) => title?.startsWith('Figure'))).toEqual(numbered);
  expect(titles.filter((title) => title?.startsWith('Table'))).toEqual([
    ...['Table 1.', 'Table 2.', 'Table 3.'],
  ]);
  for (const figure of figures) {
    expect(figure.querySelector('figcaption')?.textContent?.length).toBeGreaterThan(60);
    const image = figure.querySelector('img, svg');
    if (!image) expect(figure.querySelector('table')).not.toBeNull();
    else {
      const alt = image.getAttribute(image.tagName.toLowerCase() === 'img' ? 'alt' : 'aria-label');
      expect(alt?.length).toBeGreaterThan(30);
    }
  }
});

test('Table 1 has the numbers of results.json', () => {
  const rows = [...page.querySelectorAll('#table-1 tbody tr')].map((row) =>
    [...row.querySelectorAll('th, td')].map((cell) => cell.textContent?.trim()),
  );
  const parts = ['train', 'validation', 'test'] as const;
  const spread = (key: 'paper' | 'defaults') => {
    const runs = results.seeds?.[key] ?? [];
    expect(runs.map(({ seed }) => seed)).toEqual([5, 6]);
    // The first run is the one shown in full, the second one has another seed.
    expect(runs[0]?.mse).toEqual(results[key]?.mse);
    expect(runs[1]?.mse).not.toEqual(results[key]?.mse);
    return parts.map((part) => {
      const [a = 0, b = 0] = runs.map(({ mse }) => mse[part]);
      // The sample standard deviation of two numbers is their difference over the square root of 2.
      return `${((a + b) / 2).toFixed(5)} ± ${(Math.abs(a - b) / Math.SQRT2).toFixed(5)}`;
    });
  };
  expect(rows).toEqual([
    ['the paper', '0.0077', '0.0076', '0.0075'],
    ['this library, paper’s configuration', ...spread('paper')],
    ['this library, defaults', ...spread('defaults')],
    ['PCA, 64 components', ...parts.map((part) => results.pca.mse[part].toFixed(5))],
  ]);
  expect(page.querySelector('#table-1 figcaption')?.textContent).toContain('seeds 5 to 6');
});

test("PCA's error equals that of a full decomposition of the covariance", () => {
  // The sum of the 720 smallest eigenvalues over 784 pixels, for these 8,100 images, computed by ml-matrix.
  const least = 0.009043814194372739;
  const { components, mse } = results.pca;
  expect(components).toBe(64);
  // No 64 directions leave less; leadingEigenvectors documents how much more its result may leave.
  expect(mse.train).toBeGreaterThan(least * (1 - 1e-9));
  expect(mse.train).toBeLessThan(least * (1 + 1e-5));
});

test('Table 2 has each of the choices, added and removed', () => {
  const cells = [...page.querySelectorAll('#table-2 tbody tr')].map((row) =>
    [...row.querySelectorAll('th, td')].map((cell) => cell.textContent),
  );
  const { ablation } = results;
  expect(ablation?.seeds).toEqual([5, 6]);
  expect(ablation?.choices).toHaveLength(4);
  const spread = ([a = 0, b = 0]: number[] = []) =>
    `${((a + b) / 2).toFixed(5)} ± ${(Math.abs(a - b) / Math.SQRT2).toFixed(5)}`;
  expect(cells).toEqual([
    ['nothing changed', spread(ablation?.paper), spread(ablation?.defaults)],
    ...(ablation?.choices ?? []).map(({ change, paperWith, defaultsWithout }) => [
      change,
      spread(paperWith),
      spread(defaultsWithout),
    ]),
  ]);
  // Each of them is a different model.
  const all = ablation?.choices.flatMap(({ paperWith, defaultsWithout }) => [
    paperWith[0],
    defaultsWithout[0],
  ]);
  expect(new Set([...(all ?? []), ablation?.paper[0], ablation?.defaults[0]]).size).toBe(10);
});

test('Table 3 has the speeds of results.json', () => {
  const rows = [...page.querySelectorAll('#table-3 tbody tr')].map((row) =>
    [...row.querySelectorAll('th, td')].map((cell) => cell.textContent),
  );
  const runs = [results.paper, results.defaults];
  const speeds = runs.map((run) => Math.round(run?.samplesPerSecond as number));
  expect(rows).toContainEqual([
    'training, samples/s',
    ...speeds.map((speed) => speed.toLocaleString('en')),
  ]);
  expect(rows).toContainEqual(['training, s', ...runs.map((run) => run?.seconds.toFixed(2))]);
});

test('every error in a figure is in results.json', () => {
  const { recipes, errorByDigit } = results.report as Summary;
  const known = new Set(
    Object.values(recipes).flatMap(({ shown, worst, best }) =>
      [...shown, ...worst, ...best].map(({ error }) => error.toFixed(4)),
    ),
  );
  for (const name of ['figure-5-reconstructions.svg', 'figure-6-worst-and-best.svg']) {
    const errors = texts(file(name)).filter((text) => /^0\.\d{4}$/.test(text));
    expect(errors.length).toBeGreaterThanOrEqual(20);
    for (const error of errors) expect(known).toContain(error);
  }
  expect(Object.keys(errorByDigit)).toEqual(['paper', 'defaults', 'pca']);
  for (const errors of Object.values(errorByDigit)) expect(errors).toHaveLength(10);
});

test('the table of contents links to every section, figure and table', () => {
  const ids = [...page.querySelectorAll('nav a')].map((link) => link.getAttribute('href'));
  for (const id of ids) expect(page.querySelector(id as string)).not.toBeNull();
  const parts = [...page.querySelectorAll('main h2, main figure')];
  expect(ids).toHaveLength(parts.length);
  const headings = [...page.querySelectorAll('h2')].map((heading) => heading.textContent);
  for (const heading of ['Contents', 'Method', 'Conclusion', 'References']) {
    expect(headings).toContain(heading);
  }
});

test('the page uses a single kind of apostrophe', () => {
  const text = html.replace(/<style>.*?<\/style>/gs, '');
  expect(text).not.toContain("'");
  expect(text).toContain('’');
});

describe('figures', () => {
  test('1: sixteen samples of each digit', () => {
    const png = readFileSync(join(out, 'figure-1-samples.png'));
    const { width, height, channels, data } = decode(png);
    expect([width, height, channels]).toEqual([2 * (16 * 30 - 2), 2 * (10 * 30 - 2), 1]);
    // Every tile has ink, and there is none between two tiles.
    for (let row = 0; row < 10; row++) {
      for (let column = 0; column < 16; column++) {
        let darkest = 255;
        for (let i = 0; i < 56 * 56; i++) {
          const [x, y] = [column * 60 + (i % 56), row * 60 + Math.floor(i / 56)];
          darkest = Math.min(darkest, data[y * width + x] as number);
        }
        expect(darkest).toBeLessThan(30);
      }
    }
    expect(data.subarray(57 * width, 59 * width).every((value) => value === 255)).toBe(true);
  });

  test('2: the layer widths, activations and parameter counts of the network', () => {
    const labels = texts(file('figure-2-architecture.svg'));
    for (const label of ['784', '64', 'encoder.0', 'decoder.0', 'code, ReLU', 'pixels', 'ReLU']) {
      expect(labels).toContain(label);
    }
    // (784 + 1) x 64 and (64 + 1) x 784.
    expect(labels).toContain('50,240 parameters');
    expect(labels).toContain('50,960 parameters');
  });

  test('3: parameters, operations and results of the graph', () => {
    const labels = texts(file('figure-3-gradient.svg'));
    for (const label of ['encoder.0.weight', '(64, 784)', 'AccumulateGrad', 'output', 'loss']) {
      expect(labels).toContain(label);
    }
  });

  test("4: two lines per recipe, the paper's value, axis labels and a legend", () => {
    const { document } = parseHTML(file('figure-4-loss.svg'));
    const lines = (colour: string) =>
      [...document.querySelectorAll(`[stroke="var(--${colour})"] path`)]
        .map((path) => path.getAttribute('d') ?? '')
        .filter((d) => d.split('L').length === EPOCHS);
    // One more of each in the legend.
    for (const colour of ['blue', 'green']) expect(lines(colour)).toHaveLength(2 + 1);
    expect(document.querySelectorAll('[stroke="var(--orange)"] line')).toHaveLength(2);
    const labels = texts(file('figure-4-loss.svg'));
    for (const label of ['training loss', 'validation loss', 'the paper’s final 0.0076', 'epoch']) {
      expect(labels).toContain(label);
    }
    expect(labels).toContainEqual(expect.stringContaining('mean squared error a pixel'));
  });

  test('5: the test errors, and ten images in each strip', () => {
    const svg = file('figure-5-reconstructions.svg');
    expect(texts(svg)).toContain(`test error ${results.paper?.mse.test.toFixed(5)}`);
    expect(texts(svg)).toContain(`test error ${results.defaults?.mse.test.toFixed(5)}`);
    expect(strips(svg)).toEqual([10, 10, 10]);
  });

  test('6: the worst reconstructions are worse than the best', () => {
    const svg = file('figure-6-worst-and-best.svg');
    expect(strips(svg)).toEqual([20, 20, 20, 20]);
    const errors = texts(svg).filter((text) => /^0\.\d{4}$/.test(text));
    for (const run of [errors.slice(0, 20), errors.slice(20)]) {
      const [worst, best] = [run.slice(0, 10).map(Number), run.slice(10).map(Number)];
      expect(worst).toEqual(worst.toSorted((a, b) => b - a));
      expect(best).toEqual(best.toSorted((a, b) => a - b));
      expect(best.at(-1)).toBeLessThan(worst.at(-1) as number);
    }
  });

  test('7: a dot per digit and method', () => {
    const { document } = parseHTML(file('figure-7-error-by-digit.svg'));
    expect(document.querySelectorAll('circle')).toHaveLength(3 * 10 + 3);
  });

  test('8: every code unit of each recipe that is not dead', () => {
    const svg = file('figure-8-code-units.svg');
    const notes = texts(svg).filter((text) => text.endsWith('dead'));
    const living = notes.map((note) => 64 - Number(/^(\d+) of 64 units are/.exec(note)?.[1] ?? 0));
    // Rows of eleven tiles.
    expect(strips(svg)).toEqual(living.map((units) => 11 * Math.ceil(units / 11)));
  });

  test('9: each test image, drawn as its digit', () => {
    const digits = texts(file('figure-9-map-of-codes.svg'));
    expect(digits).toHaveLength(1000);
    expect(new Set(digits).size).toBe(10);
  });

  test('10: every output unit of each recipe, with the dead ones marked', () => {
    const { document } = parseHTML(file('figure-10-dead-units.svg'));
    const cells = (fill: string) => document.querySelectorAll(`rect[fill="${fill}"]`).length;
    const dead = Object.values(results.report?.recipes ?? {}).map((recipe) => recipe.dead);
    const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
    const [all, inked] = [
      sum(dead.map(({ outputUnits }) => outputUnits)),
      sum(dead.map(({ inked }) => inked)),
    ];
    expect(cells('var(--orange)')).toBe(inked);
    expect(cells('var(--grey)')).toBe(all - inked);
    expect(cells('var(--fill)')).toBe(2 * 784 - all);
  });
});

const executablePath = findChromium();
describe.skipIf(!executablePath)('in Chromium, offline', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium(executablePath as string);
  });
  afterAll(() => browser?.close());

  test.each([
    ['light', 1100],
    ['dark', 360],
  ] as const)('the page opens %s, %i pixels wide, from a file', async (colorScheme, width) => {
    const viewport = { width, height: 800 };
    const tab = await openPage(browser, { colorScheme, viewport, offline: true });
    const [requests, complaints]: [string[], string[]] = [[], []];
    tab.on('request', (request) => requests.push(request.url()));
    tab.on('console', (message) => complaints.push(message.text()));
    tab.on('pageerror', (error) => complaints.push(error.message));
    const url = pathToFileURL(join(out, 'index.html')).href;
    await tab.goto(url);
    expect(requests.filter((request) => !request.startsWith('data:'))).toEqual([url]);
    expect(complaints).toEqual([]);
    const seen = await tab.evaluate(() => ({
      background: getComputedStyle(document.body).backgroundColor,
      overflow: document.documentElement.scrollWidth - window.innerWidth,
      figures: [...document.querySelectorAll('figure > img, figure > svg')].map(
        (figure) => figure.getBoundingClientRect().height > 100,
      ),
    }));
    expect(seen).toEqual({
      background: colorScheme === 'dark' ? 'rgb(20, 20, 20)' : 'rgb(255, 255, 255)',
      overflow: 0,
      figures: FIGURES.map(() => true),
    });
    await tab.close();
  });

  test.each(['light', 'dark'] as const)('axe finds no violations, %s', async (colorScheme) => {
    const tab = await openPage(browser, { colorScheme, offline: true });
    await tab.goto(pathToFileURL(join(out, 'index.html')).href);
    expect(await axeViolations(tab)).toEqual([]);
    await tab.close();
  });

  test.each(FIGURES)('the figure %s opens as a file', async (name) => {
    const tab = await openPage(browser);
    // An SVG in an <img> must be well-formed to have a size.
    const url = pathToFileURL(join(out, name)).href;
    await tab.goto(pathToFileURL(join(out, 'index.html')).href);
    const size = await tab.evaluate(async (src) => {
      const image = new Image();
      image.src = src;
      await image.decode();
      return [image.naturalWidth, image.naturalHeight];
    }, url);
    expect(Math.min(...size)).toBeGreaterThan(100);
    await tab.close();
  });
});

function texts(svg: string): string[] {
  const { document } = parseHTML(svg);
  return [...document.querySelectorAll('text')].map((text) => text.textContent ?? '');
}

/** The number of tiles that each image within the drawing has room for. */
function strips(svg: string): number[] {
  const { document } = parseHTML(svg);
  return [...document.querySelectorAll('image')].map((image) => {
    const [, base64 = ''] = (image.getAttribute('href') as string).split(',');
    const { width, height, data, channels } = decode(Buffer.from(base64, 'base64'));
    expect(new Set(data.subarray(0, width * height * channels)).size).toBeGreaterThan(2);
    const tiles = (length: number) => (length / 3 + 2) / 30;
    return tiles(width) * tiles(height);
  });
}
