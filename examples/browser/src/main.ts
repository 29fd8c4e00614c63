import { Autoencoder } from 'autoencoder-wasm';
import { BetweenPanel } from './between.js';
import { LossChart } from './chart.js';
import { choiceFromAddress, RECIPES } from './choices.js';
import { Controls } from './controls.js';
import { type Digits, loadDigits } from './data.js';
import { breathe, byId } from './dom.js';
import { DrawingPanel } from './draw.js';
import { FilePicker, saveFile } from './files.js';
import { Gallery } from './gallery.js';
import { MapPanel } from './map.js';
import { mapCodes } from './mapping.js';
import { NoisePanel } from './noise.js';
import { startTheme } from './theme.js';
import { type State, Training } from './training.js';
import { UnitsPanel } from './units.js';
import { type Panel, viewOf } from './view.js';

/** In these the weights stay as they are for a while. */
const RESTING: readonly State[] = ['paused', 'stopped', 'done', 'loaded'];

interface Parts {
  readonly chart: LossChart;
  readonly gallery: Gallery;
  readonly noise: NoisePanel;
  readonly units: UnitsPanel;
  readonly map: MapPanel;
  readonly panels: readonly Panel[];
}

/** Builds what shows a model, a part at a time, so that the page never stands still. */
async function buildParts(training: Digits, unseen: Digits): Promise<Parts> {
  const chart = new LossChart();
  await breathe();
  const gallery = new Gallery(unseen);
  await breathe();
  const units = new UnitsPanel(unseen);
  const noise = new NoisePanel(unseen);
  const panels = [new DrawingPanel(), new BetweenPanel(unseen), noise, units];
  await breathe();
  const map = new MapPanel(training);
  await breathe();
  return { chart, gallery, noise, units, map, panels };
}

/** The page: a run at a time, and the panels that show its model. */
class Page {
  readonly #choice = choiceFromAddress(location.search);
  readonly #training: Digits;
  readonly #unseen: Digits;
  readonly #controls: Controls;
  readonly #parts: Parts;
  #run: Training | undefined;
  #mapping = new AbortController();

  constructor(training: Digits, unseen: Digits, parts: Parts) {
    this.#training = training;
    this.#unseen = unseen;
    this.#parts = parts;
    this.#controls = new Controls(this.#choice, {
      pauseOrResume: () => {
        if (this.#run?.state === 'running') this.#run.pause();
        else this.#run?.resume();
      },
      stop: () => this.#run?.stop(),
      restart: () => this.restart(),
      save: () => this.#run && saveFile(this.#run.model),
      load: () => picker.open(),
    });
    const picker = new FilePicker(
      (model) => this.#load(model),
      (reason) => this.#controls.complain(reason),
    );
    startTheme(location.search, () => {
      this.#parts.chart.recolour();
      this.#parts.map.recolour();
    });
  }

  restart(): void {
    const run = this.#replace();
    run.run(this.#training, this.#unseen);
  }

  #load(model: Autoencoder): void {
    this.#replace(model);
    this.#onState('loaded');
  }

  /** A new run in place of the old one; of a model from a file, if one is given. */
  #replace(loaded?: Autoencoder): Training {
    const old = this.#run;
    this.#mapping.abort();
    this.#controls.start(this.#choice.epochs);
    this.#parts.chart.start(this.#choice.epochs);
    // Once a run has been replaced, what it still has to say concerns nobody.
    const isCurrent = () => this.#run === run;
    const run: Training = new Training(
      { ...this.#choice },
      {
        onState: (state, error) => {
          if (isCurrent()) this.#onState(state, error);
        },
        onEpoch: (record) => {
          if (!isCurrent()) return;
          this.#controls.epoch(record, run.choice.epochs);
          this.#parts.chart.add(record);
          this.#show(run, record.epoch);
        },
      },
      loaded,
    );
    this.#run = run;
    this.#parts.noise.tell(loaded ? undefined : RECIPES[run.choice.recipe]);
    this.#parts.map.clear(run.width);
    this.#show(run, loaded ? undefined : 0);
    old?.stop();
    old?.model.dispose();
    return run;
  }

  #show(run: Training, epoch: number | undefined): void {
    const view = viewOf(run.model, this.#unseen);
    this.#parts.gallery.show(run.model, epoch);
    for (const panel of this.#parts.panels) panel.show(view);
  }

  #onState(state: State, error?: unknown): void {
    this.#controls.state(state, error);
    if (state === 'running') this.#mapping.abort();
    if (RESTING.includes(state)) this.#rest();
  }

  /** The weights stay for a while: shows them as they are, and draws their map. */
  #rest(): void {
    if (!this.#run) return;
    const view = viewOf(this.#run.model, this.#unseen);
    for (const panel of this.#parts.panels) panel.show(view);
    this.#parts.units.rank();
    this.#mapping.abort();
    this.#mapping = new AbortController();
    const { signal } = this.#mapping;
    mapCodes(this.#run.model, this.#training, signal, (points) =>
      this.#parts.map.show(points),
    ).catch((error) => {
      if (!signal.aborted) this.#controls.announce(`The map failed: ${error}`);
    });
  }
}

try {
  const { training, unseen } = await loadDigits(choiceFromAddress(location.search).rows);
  // The first use compiles the kernels: a piece of work by itself.
  new Autoencoder({ layers: [784, 1] }).encodeSync(unseen.image(0));
  await breathe();
  const page = new Page(training, unseen, await buildParts(training, unseen));
  await breathe();
  page.restart();
} catch (error) {
  byId('state', HTMLElement).textContent = `The page could not start: ${error}`;
  throw error;
}
