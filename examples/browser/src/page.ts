// The page: a run at a time, and the parts that show its model.

import type { Autoencoder } from 'autoencoder-wasm';
import { type Choice, RECIPES } from './choices.js';
import { Controls } from './controls.js';
import type { Pictures } from './data.js';
import { FilePicker, saveFile } from './files.js';
import type { MapPanel } from './map.js';
import { mapCodes } from './mapping.js';
import type { Parts } from './parts.js';
import { Timeline } from './timeline.js';
import { type State, Training } from './training.js';
import { viewOf } from './view.js';

/** In these the weights stay as they are for a while. */
const RESTING: readonly State[] = ['paused', 'stopped', 'done', 'loaded'];

export class Page {
  readonly #choice: Choice;
  readonly #unseen: Pictures;
  readonly #controls: Controls;
  readonly #timeline: Timeline;
  readonly #parts: Parts;
  #training: Pictures;
  /** Whether more pictures to train on are on their way. */
  #isRehearsal: boolean;
  #run: Training | undefined;
  /** The model as it was earlier, while that is looked at. */
  #past: Autoencoder | undefined;
  #mapping = new AbortController();

  constructor(
    choice: Choice,
    training: Pictures,
    unseen: Pictures,
    parts: Parts,
    isRehearsal: boolean,
  ) {
    this.#choice = choice;
    this.#training = training;
    this.#unseen = unseen;
    this.#parts = parts;
    this.#isRehearsal = isRehearsal;
    this.#controls = new Controls(choice, {
      pauseOrResume: () =>
        this.#act((run) => (run.state === 'running' ? run.pause() : run.resume())),
      step: () => this.#act((run) => run.step()),
      stop: () => this.#run?.stop(),
      restart: () => this.restart(),
      keepPace: () => {
        if (this.#run) this.#run.choice.pace = choice.pace;
      },
      save: () => this.#shown && saveFile(this.#shown, this.#unseen.set.many),
      load: () => picker.open(),
    });
    this.#timeline = new Timeline(
      (epoch) => this.#look(epoch),
      () => this.#rest(),
    );
    const picker = new FilePicker(
      (model) => this.#load(model),
      (reason) => this.#controls.complain(reason),
    );
  }

  restart(): void {
    const run = this.#replace();
    run.run(this.#training, this.#unseen);
  }

  /** Says how many bytes have come. */
  arriving(text: string): void {
    if (this.#isRehearsal) this.#controls.arriving(`Loaded ${text}.`);
  }

  /** All pictures are here: a run that was to fill the time begins anew with them. */
  arrived(training: Pictures): void {
    const { state } = this.#run ?? {};
    this.#training = training;
    this.#isRehearsal = false;
    if (state === 'running' || state === 'done') {
      this.#controls.arriving('');
      this.restart();
    } else {
      const count = training.count.toLocaleString('en');
      this.#controls.arriving(
        `All ${count} ${training.set.many} are loaded. Press “Start again” to use them.`,
      );
    }
  }

  /** The rest did not come: what has come has to do. */
  missing(reason: unknown): void {
    this.#isRehearsal = false;
    this.#controls.arriving(
      `The other pictures could not be loaded (${reason}). Training uses these.`,
    );
    if (this.#run) this.#onState(this.#run.state);
  }

  /** The model that is shown. */
  get #shown(): Autoencoder | undefined {
    return this.#past ?? this.#run?.model;
  }

  #load(model: Autoencoder): void {
    this.#replace(model);
    this.#onState('loaded');
  }

  /** What the run goes on with is its last epoch. */
  #act(act: (run: Training) => void): void {
    if (!this.#run) return;
    this.#forget();
    act(this.#run);
  }

  /** A new run in place of the old one; of a model from a file, if one is given. */
  #replace(loaded?: Autoencoder): Training {
    const old = this.#run;
    const epochs = loaded ? undefined : this.#choice.epochs;
    this.#mapping.abort();
    this.#forget();
    this.#controls.start(epochs);
    this.#timeline.start(epochs);
    this.#parts.chart.start(epochs);
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
          if (this.#past) return; // somebody looks back, and goes on doing so
          this.#timeline.at(record.epoch, record.epoch);
          this.#show(run.model, record.epoch);
        },
      },
      loaded,
    );
    this.#run = run;
    this.#parts.noise.tell(loaded ? undefined : RECIPES[run.choice.recipe]);
    this.#parts.map.clear(run.width);
    this.#show(run.model, loaded ? undefined : 0);
    old?.stop();
    old?.model.dispose();
    return run;
  }

  /** Shows the model as it was after so many epochs, and rests there. */
  #look(epoch: number): void {
    const run = this.#run;
    if (!run) return;
    run.pause();
    const isLast = epoch >= run.epoch;
    const found = isLast ? undefined : run.snapshots.at(epoch);
    this.#forgetPast();
    this.#past = found?.model;
    const shown = found?.epoch ?? run.epoch;
    this.#timeline.at(run.epoch, shown);
    this.#parts.chart.look(found?.epoch);
    this.#show(found?.model ?? run.model, shown);
  }

  /** Shows the last epoch again. */
  #forget(): void {
    if (!this.#past) return;
    this.#forgetPast();
    this.#parts.chart.look(undefined);
    if (!this.#run) return;
    this.#timeline.at(this.#run.epoch, this.#run.epoch);
    this.#show(this.#run.model, this.#run.epoch);
  }

  #forgetPast(): void {
    if (!this.#past) return;
    this.#mapping.abort();
    this.#parts.map.detach();
    this.#past.dispose();
    this.#past = undefined;
  }

  #show(model: Autoencoder, epoch: number | undefined): void {
    const view = viewOf(model, this.#unseen);
    this.#parts.gallery.show(model, epoch);
    for (const panel of this.#parts.panels) panel.show(view);
  }

  #onState(state: State, error?: unknown): void {
    const fills = this.#isRehearsal && (state === 'running' || state === 'done');
    this.#controls.state(fills ? 'rehearsing' : state, error);
    if (state === 'running') this.#mapping.abort();
    if (RESTING.includes(state)) this.#rest();
  }

  /** The weights stay for a while: shows them as they are, and draws their map. */
  #rest(): void {
    const [run, model] = [this.#run, this.#shown];
    if (!run || !model || !RESTING.includes(run.state)) return;
    const view = viewOf(model, this.#unseen);
    for (const panel of this.#parts.panels) panel.show(view);
    this.#parts.units.rank();
    this.#mapping.abort();
    this.#mapping = new AbortController();
    const { signal } = this.#mapping;
    this.#draw(model, this.#parts.map, signal).catch((error) => {
      if (!signal.aborted) this.#controls.announce(`The map failed: ${error}`);
    });
  }

  async #draw(model: Autoencoder, map: MapPanel, signal: AbortSignal): Promise<void> {
    await mapCodes(model, this.#training, signal, (codes) => map.show(codes));
    map.settle();
    await this.#parts.noise.compare(model, this.#training, signal);
  }
}
