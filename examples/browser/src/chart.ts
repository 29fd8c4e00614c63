// The loss curves: uPlot, dressed in the page's colours.

import type { EpochRecord } from 'autoencoder-wasm';
import uPlot from 'uplot';
import { byId, colourOf } from './dom.js';

/** Marks of a logarithmic axis, the first choice and one for a range that has few of those. */
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
    this.#plot = new uPlot(
      {
        width: this.#host.clientWidth,
        height: this.#host.clientHeight,
        padding: [8, 12, 0, 0],
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, points: { size: 8 } },
        scales: {
          x: { time: false, range: () => [1, Math.max(2, this.#epochs)] },
          // Logarithmic: the loss falls by half again and again, and each time counts.
          y: { distr: 3, range: (_plot, low, high) => lossRange(low, high) },
        },
        series: [
          {},
          { stroke: training, width: 2, points: { show: false } },
          { stroke: unseen, width: 2, dash: [5, 4], points: { show: false } },
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
        hooks: { setCursor: [(plot) => this.#read(plot.cursor.idx ?? undefined)] },
      },
      [[], [], []],
      this.#host,
    );
    new ResizeObserver(() => {
      const { clientWidth: width, clientHeight: height } = this.#host;
      this.#plot.setSize({ width, height });
    }).observe(this.#host);
  }

  start(epochs: number): void {
    this.#epochs = epochs;
    this.#history = [];
    this.#draw();
  }

  add(record: EpochRecord): void {
    this.#history.push(record);
    this.#draw();
  }

  /** Takes the colours of the theme in use. */
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

  /** Says in words what the curves show at the pointer, or at their end. */
  #read(index = this.#history.length - 1): void {
    const record = this.#history[index] ?? this.#history[this.#history.length - 1];
    const unseen = record?.validationLoss?.toFixed(4) ?? '–';
    this.#readout.textContent = record
      ? `epoch ${record.epoch}: training ${record.loss.toFixed(4)}, unseen ${unseen}`
      : 'waiting for the first epoch';
  }
}

function ticks(low: number, high: number): number[] {
  const within = (marks: number[] = []) => marks.filter((value) => value >= low && value <= high);
  return within(SPARSE).length >= 3 ? within(SPARSE) : within(DENSE);
}

/** Some air around the losses; before the first there are none. */
function lossRange(low: number | null, high: number | null): [number, number] {
  return low && high ? [0.85 * low, 1.18 * high] : [0.005, 0.1];
}
