// The parts that show a model, except for the hourglass.

import { BetweenPanel } from './between.js';
import { LossChart } from './chart.js';
import type { Sets } from './data.js';
import { breathe } from './dom.js';
import { Gallery } from './gallery.js';
import { MapPanel } from './map.js';
import { NoisePanel } from './noise.js';
import { UnitsPanel } from './units.js';
import type { Panel } from './view.js';

export interface Parts {
  readonly chart: LossChart;
  readonly gallery: Gallery;
  readonly noise: NoisePanel;
  readonly units: UnitsPanel;
  readonly map: MapPanel;
  readonly panels: readonly Panel[];
}

/** Builds the parts one at a time, so that the page stays responsive. */
export async function buildParts({ training, unseen }: Sets): Promise<Parts> {
  const chart = new LossChart();
  await breathe();
  const gallery = new Gallery(unseen);
  await breathe();
  const units = new UnitsPanel(unseen);
  const noise = new NoisePanel(unseen);
  const panels = [new BetweenPanel(unseen), noise, units];
  await breathe();
  const map = new MapPanel(training);
  await breathe();
  return { chart, gallery, noise, units, map, panels };
}
