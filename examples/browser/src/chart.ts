// The loss curves, drawn by uPlot in the page's colours.

import type { EpochRecord } from 'autoencoder-wasm';
import uPlot from 'uplot';
import { byId, colourOf } from './dom.js';

/** Ticks of a logarithmic axis: the preferred ones, and denser ones for a range with few of those. */
const [SPARSE, DENSE] = [
  [1, 2, 5],
  [1, 1.5, 2, 3, 4, 5, 6, 8],
].map((digits) => [-5, -4, -3, -2, -1, 0].flatMap((power) => digits.map((n) => n * 10 ** power)));

export class LossChart {
  readonly #host = byId('chart', HTMLDivElement);
  readonly #readout = byId('chart-readout', HTMLElement);
  readonly #plot: uPlot;
  #history: EpochRecord[] = [];
  #epochs = 1;
  #empty = 'waiting for the first epoch';
  #looked: number | undefined;

  constructor() {
    const training = () => colourOf(byId('key-training', HTMLElement));
    const unseen = () => colourOf(byId('key-unseen', HTMLElement));
    const text = () => colourOf(this.#readout);
    const line = () => colourOf(byId('chart-line', HTMLElement));
    const axis: uPlot.Axis = {
      stroke: text,
      font: `12px ${getComputedStyle(this.#host).fontFamily}`,
      grid: { stroke: line, width: 1 },
      ticks: { stroke: line, width: 1, size: 4 },
    };
    // A line needs two epochs; the first alone is a dot.
    const lone = { show: () => this.#history.length === 1, size: 7 };
    this.#plot = new uPlot(
      {
        width: this.#host.clientWidth,
        height: this.#host.clientHeight,
        padding: [8, 12, 0, 0],
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, points: { size: 8 } },
        scales: {
          x: { time: false, range: () => [1, Math.max(2, this.#epochs)] },
          // Logarithmic, since the loss halves repeatedly and each halving matters.
          y: { distr: 3, range: (_plot, low, high) => lossRange(low, high) },
        },
        series: [
          {},
          { stroke: training, width: 2, points: { ...lone, fill: training } },
          { stroke: unseen, width: 2, dash: [5, 4], points: { ...lone, fill: unseen } },
        ],
        axes: [
          { ...axis, size: 28, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500] },
          {
            ...axis,
            size: 52,
            splits: (_plot, _axis, low, high) => ticks(low, high),
            filter: (_plot, splits) => splits,
            values: (_plot, splits) => splits.map((value) => `${Number(value.toPrecision(2))}`),
          },
        ],
        hooks: {
          setCursor: [(plot) => this.#read(plot.cursor.idx ?? undefined)],
          draw: [(plot) => this.#mark(plot, text())],
        },
      },
      [[], [], []],
      this.#host,
    );
    new ResizeObserver(() => {
      const { clientWidth: width, clientHeight: height } = this.#host;
      this.#plot.setSize({ width, height });
    }).observe(this.#host);
  }

  /** Starts a run with this many epochs; undefined for a model from a file, which has no curves. */
  start(epochs: number | undefined): void {
    this.#epochs = epochs ?? 1;
    this.#empty = epochs ? 'waiting for the first epoch' : 'a file has no curves';
    this.#history = [];
    this.#looked = undefined;
    this.#draw();
  }

  /** Marks the epoch that the visitor looks back at; no mark for the last epoch. */
  look(epoch: number | undefined): void {
    this.#looked = epoch;
    this.#plot.redraw(false);
    this.#read(this.#plot.cursor.idx ?? undefined);
  }

  add(record: EpochRecord): void {
    this.#history.push(record);
    this.#draw();
  }

  /** Applies the colours of the current theme. */
  recolour(): void {
    this.#plot.redraw(false);
  }

  #draw(): void {
    this.#plot.setData([
      this.#history.map(({ epoch }) => epoch),
      this.#history.map(({ loss }) => loss),
      this.#history.map(({ validationLoss }) => validationLoss),
    ]);
    this.#read(this.#plot.cursor.idx ?? undefined);
  }

  /** Describes in words the losses at the pointer, or at the last epoch. */
  #read(index = (this.#looked ?? this.#history.length) - 1): void {
    const record = this.#history[index] ?? this.#history[this.#history.length - 1];
    const unseen = record?.validationLoss?.toFixed(4) ?? '–';
    this.#readout.textContent = record
      ? `epoch ${record.epoch}: training ${record.loss.toFixed(4)}, validation ${unseen}`
      : this.#empty;
  }

  /** Draws a line at the epoch that the visitor looks back at. */
  #mark(plot: uPlot, colour: string): void {
    if (!this.#looked) return;
    const { top, height } = plot.bbox;
    plot.ctx.fillStyle = colour;
    plot.ctx.fillRect(Math.round(plot.valToPos(this.#looked, 'x', true)), top, 2, height);
  }
}

function ticks(low: number, high: number): number[] {
  const within = (marks: number[] = []) => marks.filter((value) => value >= low && value <= high);
  return within(SPARSE).length >= 3 ? within(SPARSE) : within(DENSE);
}

/** The range of the losses with some margin. Before the first epoch there are no losses. */
function lossRange(low: number | null, high: number | null): [number, number] {
  return low && high ? [0.85 * low, 1.18 * high] : [0.005, 0.1];
}
