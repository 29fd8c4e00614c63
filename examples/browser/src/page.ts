// The page: it runs one training at a time, and owns the parts that show its model.

import type { Autoencoder } from 'autoencoder-wasm';
import { type Choice, RECIPES } from './choices.js';
import { Controls } from './controls.js';
import type { Pictures, Sets } from './data.js';
import { DrawingPanel } from './draw.js';
import { FilePicker, saveFile } from './files.js';
import { mapCodes } from './mapping.js';
import type { Parts } from './parts.js';
import { Timeline } from './timeline.js';
import { type State, Training } from './training.js';
import { viewOf } from './view.js';

/** The states in which the weights do not change. */
const RESTING: readonly State[] = ['paused', 'stopped', 'done', 'loaded'];

/** The states that end a run. */
const ENDED: readonly State[] = ['stopped', 'done', 'failed', 'loaded'];

export class Page {
  /** Resolves at the end of the first epoch, or when training ends without one. */
  readonly begun: Promise<void>;
  readonly #choice: Choice;
  readonly #controls: Controls;
  readonly #timeline: Timeline;
  readonly #drawing: DrawingPanel;
  /** Created after the first epoch, so that they do not delay it. */
  #parts: Parts | undefined;
  #sets: Sets;
  /** Whether more training pictures are still loading. */
  #isRehearsal = true;
  #begin = () => {};
  #run: Training | undefined;
  /** An earlier state of the model, while the visitor looks back. */
  #past: Autoencoder | undefined;
  #mapping = new AbortController();

  /** `first` has the pictures that are available at the beginning. */
  constructor(choice: Choice, first: Sets) {
    this.#choice = choice;
    this.#sets = first;
    this.#drawing = new DrawingPanel(first.unseen);
    this.begun = new Promise((resolve) => {
      this.#begin = resolve;
    });
    this.#controls = new Controls(choice, {
      pauseOrResume: () =>
        this.#act((run) => (run.state === 'running' ? run.pause() : run.resume())),
      step: () => this.#act((run) => run.step()),
      stop: () => this.#run?.stop(),
      restart: () => this.restart(),
      keepPace: () => {
        if (this.#run) this.#run.choice.pace = choice.pace;
      },
      save: () => this.#shown && saveFile(this.#shown, first.unseen.set.many),
      load: () => picker.open(),
    });
    this.#timeline = new Timeline(
      (epoch) => this.#look(epoch),
      () => this.#rest(),
    );
    this.#controls.arriving(
      `Training on the first ${countOf(first.training)}; more arrive after the first epoch.`,
    );
    const picker = new FilePicker(
      (model) => this.#load(model),
      (reason) => this.#controls.complain(reason),
    );
  }

  restart(): void {
    const run = this.#replace();
    run.run(this.#sets.training, this.#sets.unseen);
  }

  /** Adds the remaining parts that show a model, and shows the current one in them. */
  add(parts: Parts): void {
    this.#parts = parts;
    const [run, model] = [this.#run, this.#shown];
    if (!run || !model) return;
    const isLoaded = run.state === 'loaded';
    this.#startParts(parts, run, isLoaded);
    const untrained = isLoaded ? undefined : run.snapshots.at(0)?.model;
    if (untrained) parts.gallery.show(untrained, 0);
    for (const record of isLoaded ? [] : run.records) parts.chart.add(record);
    this.#show(model, isLoaded ? undefined : run.epoch);
    untrained?.dispose();
    this.#rest();
  }

  /** Shows how much of the remaining pictures has loaded. */
  arriving(text: string): void {
    if (!this.#isRehearsal) return; // the last progress message may come after the pictures
    this.#controls.arriving(
      `Training on the first ${countOf(this.#sets.training)}; more arrive: ${text}.`,
    );
  }

  /** All pictures have loaded: a run that only bridged the time starts anew with them. */
  arrived(all: Sets): void {
    const { state } = this.#run ?? {};
    this.#sets = all;
    this.#isRehearsal = false;
    this.#parts?.map.take(all.training);
    if (state === 'running' || state === 'done') {
      this.#controls.arriving('');
      this.restart();
    } else {
      this.#controls.arriving(
        `All ${countOf(all.training)} are loaded. Press “Start again” to use them.`,
      );
    }
  }

  /** The remaining pictures could not be loaded: training continues with the first ones. */
  missing(reason: unknown): void {
    this.#isRehearsal = false;
    const why = reason instanceof Error ? reason.message : reason;
    this.#controls.arriving(
      `The other pictures could not be loaded (${why}). Training goes on with the first ${countOf(this.#sets.training)}; reload the page to try again.`,
    );
    if (this.#run) this.#onState(this.#run.state);
  }

  /** The model that is currently shown. */
  get #shown(): Autoencoder | undefined {
    return this.#past ?? this.#run?.model;
  }

  #load(model: Autoencoder): void {
    this.#replace(model);
    this.#onState('loaded');
  }

  /** Acts on the run, which continues from its last epoch. */
  #act(act: (run: Training) => void): void {
    if (!this.#run) return;
    this.#forget();
    act(this.#run);
  }

  /** Replaces the current run by a new one, or by a model from a file if one is given. */
  #replace(loaded?: Autoencoder): Training {
    const old = this.#run;
    const epochs = loaded ? undefined : this.#choice.epochs;
    this.#mapping.abort();
    this.#forget();
    this.#controls.start(epochs);
    this.#timeline.start(epochs);
    // Events of a run that has been replaced are ignored.
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
          this.#parts?.chart.add(record);
          this.#begin();
          if (this.#past) return; // the visitor still looks at an earlier epoch
          this.#timeline.at(record.epoch, record.epoch);
          this.#show(run.model, record.epoch);
        },
      },
      loaded,
    );
    this.#run = run;
    if (this.#parts) this.#startParts(this.#parts, run, loaded !== undefined);
    this.#show(run.model, loaded ? undefined : 0);
    old?.stop();
    old?.model.dispose();
    return run;
  }

  #startParts({ chart, noise, map }: Parts, run: Training, isLoaded: boolean): void {
    chart.start(isLoaded ? undefined : run.choice.epochs);
    noise.tell(isLoaded ? undefined : RECIPES[run.choice.recipe]);
    map.clear(run.width);
  }

  /** Pauses the run, and shows the model as it was after `epoch` epochs. */
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
    this.#parts?.chart.look(found?.epoch);
    this.#show(found?.model ?? run.model, shown);
  }

  /** Returns to the last epoch. */
  #forget(): void {
    if (!this.#past) return;
    this.#forgetPast();
    this.#parts?.chart.look(undefined);
    if (!this.#run) return;
    this.#timeline.at(this.#run.epoch, this.#run.epoch);
    this.#show(this.#run.model, this.#run.epoch);
  }

  #forgetPast(): void {
    if (!this.#past) return;
    this.#mapping.abort();
    this.#parts?.map.detach();
    this.#past.dispose();
    this.#past = undefined;
  }

  #show(model: Autoencoder, epoch: number | undefined): void {
    this.#parts?.gallery.show(model, epoch);
    this.#view(model);
  }

  #view(model: Autoencoder): void {
    const view = viewOf(model, this.#sets.unseen);
    this.#drawing.show(view);
    for (const panel of this.#parts?.panels ?? []) panel.show(view);
  }

  #onState(state: State, error?: unknown): void {
    const fills = this.#isRehearsal && (state === 'running' || state === 'done');
    this.#controls.state(fills ? 'rehearsing' : state, error);
    if (ENDED.includes(state)) this.#begin();
    if (state === 'running') this.#mapping.abort();
    if (RESTING.includes(state)) this.#rest();
  }

  /** The weights no longer change: shows them, and draws their map. */
  #rest(): void {
    const [run, model, parts] = [this.#run, this.#shown, this.#parts];
    if (!run || !model || !parts || !RESTING.includes(run.state)) return;
    this.#view(model);
    parts.units.rank();
    this.#mapping.abort();
    this.#mapping = new AbortController();
    const { signal } = this.#mapping;
    this.#draw(model, parts, signal).catch((error) => {
      if (!signal.aborted) this.#controls.announce(`The map failed: ${error}`);
    });
  }

  async #draw(model: Autoencoder, { map, noise }: Parts, signal: AbortSignal): Promise<void> {
    const { training } = this.#sets;
    await mapCodes(model, training, signal, (codes) => map.show(codes));
    map.settle();
    await noise.compare(model, training, signal);
  }
}

/** A count with its noun, as in "1,000 digits". */
function countOf({ count, set }: Pictures): string {
  return `${count.toLocaleString('en')} ${set.many}`;
}
