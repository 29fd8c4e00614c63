// Plots the time of an epoch of this library against samples, width and threads, as an SVG of three panels.

import { median } from '../median.js';
import type { Figures } from './comparisons.js';
import type { Contender } from './contender.js';
import type { FitJob } from './jobs.js';

interface Point {
  readonly x: number;
  readonly seconds: number;
  /** The time if it were proportional, starting from the first point. */
  expected: number;
}

interface Panel {
  readonly title: string;
  readonly axis: string;
  readonly points: readonly Point[];
}

const PANEL = { width: 320, height: 300, left: 62, right: 18, top: 40, bottom: 52 };
const INK = '#24292f';
const FAINT = '#d0d7de';
const OURS = '#0969da';

export function plot(everybody: readonly Contender[], figures: Figures): string {
  const panels = [
    panel('Samples an epoch', 'samples', 'plot samples', (job) => job.rows),
    panel('Code width', 'code units', 'plot width', (job) => job.layers[1] as number),
    panel('Threads', 'threads', 'plot threads', (job) => 1 / job.threads),
  ];

  function panel(
    title: string,
    axis: string,
    start: string,
    proportion: (job: FitJob) => number,
  ): Panel {
    const chosen = everybody.filter(({ key }) => key.startsWith(start));
    const points = chosen.map(({ key, job }) => {
      const fit = job as FitJob;
      const seconds = fit.rows / median(figures.get(key) as number[]);
      return { x: Number(key.split(' ')[2]), seconds, expected: proportion(fit) };
    });
    const first = points[0] as Point;
    const scale = first.seconds / first.expected;
    return { title, axis, points: points.map((p) => ({ ...p, expected: p.expected * scale })) };
  }

  const width = PANEL.width * panels.length;
  const drawn = panels.map(
    (one, i) => `<g transform="translate(${i * PANEL.width} 0)">${draw(one)}</g>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${PANEL.height}" width="${width}" height="${PANEL.height}" font-family="sans-serif" font-size="11" fill="${INK}">
<title>Time of an epoch against samples, width and threads</title>
<rect width="100%" height="100%" fill="#ffffff"/>
${drawn.join('\n')}
</svg>
`;
}

function draw({ title, axis, points }: Panel): string {
  const { width, height, left, right, top, bottom } = PANEL;
  const xs = points.map(({ x }) => x);
  const ticks = timeTicks(points.flatMap(({ seconds, expected }) => [seconds, expected]));
  const x = scale([Math.min(...xs), Math.max(...xs)], [left + 12, width - right - 12]);
  const y = scale([ticks[0] as number, ticks.at(-1) as number], [height - bottom, top]);
  const line = (values: [number, number][]) =>
    values.map(([a, b]) => `${x(a).toFixed(1)},${y(b).toFixed(1)}`).join(' ');
  const text = (at: [number, number], anchor: string, content: string, more = '') =>
    `<text x="${at[0].toFixed(1)}" y="${at[1].toFixed(1)}" text-anchor="${anchor}"${more}>${content}</text>`;
  return [
    text([(left + width - right) / 2, 22], 'middle', title, ' font-size="13" font-weight="bold"'),
    text([(left + width - right) / 2, height - 14], 'middle', axis),
    text([12, top - 10], 'start', 'seconds an epoch'),
    ...ticks.map((tick) => {
      const at = y(tick).toFixed(1);
      const rule = `<path d="M${left} ${at}H${width - right}" stroke="${FAINT}"/>`;
      return rule + text([left - 6, y(tick) + 4], 'end', `${tick}`);
    }),
    ...xs.map((value) =>
      text([x(value), height - bottom + 18], 'middle', value.toLocaleString('en')),
    ),
    `<polyline points="${line(points.map((p) => [p.x, p.expected]))}" fill="none" stroke="${INK}" stroke-dasharray="4 4"/>`,
    `<polyline points="${line(points.map((p) => [p.x, p.seconds]))}" fill="none" stroke="${OURS}" stroke-width="2"/>`,
    ...points.map((p) => {
      const title = `<title>${p.x.toLocaleString('en')} ${axis}: ${p.seconds.toPrecision(3)} s</title>`;
      return `<circle cx="${x(p.x).toFixed(1)}" cy="${y(p.seconds).toFixed(1)}" r="3.5" fill="${OURS}">${title}</circle>`;
    }),
  ].join('\n');
}

/** Maps [low, high] to pixels logarithmically; a single value lies in the middle. */
function scale([low, high]: [number, number], [from, to]: [number, number]) {
  const span = Math.log(high / low);
  return (value: number) =>
    span === 0 ? (from + to) / 2 : from + ((to - from) * Math.log(value / low)) / span;
}

/** Ticks at 1, 2 and 5 times powers of ten, from below the smallest value to above the largest. */
function timeTicks(values: readonly number[]): number[] {
  const steps = Array.from({ length: 12 }, (_, power) => power - 6).flatMap((power) =>
    [1, 2, 5].map((step) => Number(`${step}e${power}`)),
  );
  const first = steps.findLastIndex((step) => step <= Math.min(...values));
  const last = steps.findIndex((step) => step >= Math.max(...values));
  return steps.slice(first, last + 1);
}
