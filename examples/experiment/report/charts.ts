// The charts, drawn by Observable Plot.

import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { asFigure, WIDTH } from './svg.js';

const { document } = parseHTML('<!doctype html><html><body></body></html>');

function chart(options: Plot.PlotOptions): string {
  const plot = Plot.plot({
    document: document as unknown as Document,
    className: 'figure',
    width: WIDTH,
    style: { fontSize: '12px', background: 'none' },
    ...options,
  });
  // Plot gives its groups an aria-label, which is not allowed on elements without a role.
  return asFigure(plot.outerHTML.replace(/ aria-label="[^"]*"/g, '').replaceAll("'", '’'));
}

export interface LossPoint {
  /** The name of the recipe. */
  run: string;
  epoch: number;
  training: number;
  validation: number;
}

const TICKS = [0.001, 0.002, 0.003, 0.004, 0.005, 0.007, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2];

/** Loss by epoch, with a panel for each recipe and the paper's last value as a line. */
export function lossChart(points: LossPoint[], paper: number): string {
  const runs = [...new Set(points.map(({ run }) => run))].map((run) => ({ run }));
  const legend = runs.slice(0, 1);
  const key = (row: number, content: string) =>
    Plot.text(legend, {
      fy: 'run',
      text: () => content,
      frameAnchor: 'top-right',
      textAnchor: 'start',
      dx: -172,
      dy: 9 + 19 * row,
    });
  const line = (row: number, style: Plot.VectorOptions) =>
    Plot.vector(legend, {
      fy: 'run',
      frameAnchor: 'top-right',
      dx: -177,
      dy: 15 + 19 * row,
      ...style,
      shape: {
        draw(path, length) {
          path.moveTo(0, 0);
          path.lineTo(0, length);
        },
      },
      rotate: 90,
      length: 18,
      anchor: 'middle',
    });
  // The lines nearly coincide, so one is solid and the other is dashed and drawn over it.
  const training = { stroke: 'var(--blue)', strokeWidth: 2 };
  const validation = { stroke: 'var(--green)', strokeDasharray: '6 4', strokeWidth: 2 };
  const reference = { stroke: 'var(--orange)', strokeDasharray: '1 3', strokeWidth: 1.5 };
  // A line of one epoch has no length, so a dot is drawn.
  const single = points.every(({ epoch }) => epoch === 1) ? [points] : [];
  const losses = points.flatMap(({ training, validation }) => [training, validation]);
  const low = Math.min(paper, ...losses) / 1.15;
  const high = Math.max(paper, ...losses) * 1.15;
  const last = Math.max(...points.map(({ epoch }) => epoch));
  const epochs = Array.from({ length: last }, (_, i) => i + 1);
  return chart({
    height: 66 + 225 * runs.length,
    marginLeft: 64,
    marginRight: 8,
    marginTop: 28,
    marginBottom: 42,
    x: {
      label: 'epoch',
      labelAnchor: 'center',
      labelArrow: false,
      domain: [0.5, last + 0.5],
      ticks: epochs.filter((epoch) => epoch === 1 || epoch % Math.ceil(last / 10) === 0),
      tickFormat: 'd',
    },
    y: {
      type: 'log',
      label: 'mean squared error a pixel (logarithmic)',
      labelAnchor: 'center',
      labelArrow: false,
      domain: [low, high],
      ticks: TICKS.filter((tick) => tick >= low && tick <= high),
      tickFormat: (value: number) => `${value}`,
      grid: true,
    },
    fy: { axis: null, domain: runs.map(({ run }) => run), padding: 0.16 },
    marks: [
      Plot.frame({ stroke: 'var(--line)' }),
      Plot.ruleY([paper], reference),
      Plot.line(points, { fy: 'run', x: 'epoch', y: 'training', ...training }),
      Plot.line(points, { fy: 'run', x: 'epoch', y: 'validation', ...validation }),
      ...single.flatMap((all) => [
        Plot.dot(all, { fy: 'run', x: 'epoch', y: 'training', fill: 'var(--blue)' }),
        Plot.dot(all, { fy: 'run', x: 'epoch', y: 'validation', fill: 'var(--green)' }),
      ]),
      Plot.text(runs, {
        fy: 'run',
        text: 'run',
        frameAnchor: 'top-left',
        dy: -18,
        fontWeight: 600,
        fontSize: 13,
      }),
      line(0, training),
      key(0, 'training loss'),
      line(1, validation),
      key(1, 'validation loss'),
      line(2, reference),
      key(2, `the paper’s final ${paper}`),
    ],
  });
}

export interface Series {
  name: string;
  colour: string;
  /** One error for each digit, 0 to 9. */
  errors: number[];
}

/** One line per digit, one dot per method. */
export function errorByDigit(series: Series[]): string {
  const points = series.flatMap(({ colour, errors }) =>
    errors.map((error, digit) => ({ digit, error, colour })),
  );
  let at = 0;
  const legend = series.flatMap(({ name, colour }) => {
    const left = at;
    at += 26 + 6.6 * name.length;
    return [
      Plot.dot([name], { frameAnchor: 'top-left', dx: left + 5, dy: -17, r: 5, fill: colour }),
      Plot.text([name], {
        frameAnchor: 'top-left',
        textAnchor: 'start',
        text: [name],
        dx: left + 15,
        dy: -22,
      }),
    ];
  });
  return chart({
    height: 360,
    marginLeft: 44,
    marginRight: 20,
    marginTop: 34,
    marginBottom: 42,
    x: {
      label: 'mean squared error a pixel',
      labelAnchor: 'center',
      labelArrow: false,
      zero: true,
      nice: true,
      grid: true,
    },
    y: {
      label: 'digit',
      labelAnchor: 'center',
      labelArrow: false,
      type: 'point',
      tickSize: 0,
      domain: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    },
    marks: [
      Plot.ruleY(
        points,
        Plot.groupY(
          { x1: 'min', x2: 'max' },
          { x1: 'error', x2: 'error', y: 'digit', stroke: 'var(--line)', strokeWidth: 3 },
        ),
      ),
      Plot.dot(points, { x: 'error', y: 'digit', r: 5, fill: 'colour' }),
      ...legend,
    ],
    color: { type: 'identity' },
  });
}

/** Draws each code as the digit that its image shows. */
export function mapOfCodes(points: { x: number; y: number; digit: number }[]): string {
  return chart({
    height: WIDTH,
    margin: 10,
    axis: null,
    color: { type: 'identity' },
    marks: [
      Plot.text(points, {
        x: 'x',
        y: 'y',
        text: ({ digit }) => `${digit}`,
        fill: ({ digit }) => `var(--digit-${digit})`,
        fontSize: 10.5,
      }),
    ],
  });
}
