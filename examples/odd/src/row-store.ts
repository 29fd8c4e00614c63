// Caches the data of visible rows: their cells at once, and the explanation of their scores a little later.

import type { Engine } from './client.js';
import type { Blame } from './engine/calls.js';

/** How many rows are explained per call. */
const AT_ONCE = 12;
/** The most cells per call, since the model runs once more for each cell. */
const CELLS_AT_ONCE = 2000;
/** Milliseconds to wait after the last request before asking the engine. */
const PAUSE = 50;
/** How many rows are cached. */
const MOST = 5000;

export interface KnownRow {
  cells: readonly string[];
  pixels?: Uint8Array | undefined;
  blame?: readonly Blame[];
}

export class RowStore {
  readonly #engine: Engine;
  readonly #onKnown: (rows: readonly number[]) => void;
  #columns: number[] = [];
  #hasPixels = false;
  #atOnce = AT_ONCE;
  #known = new Map<number, KnownRow>();
  #wanted: number[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isAsking = false;
  #run = 0;

  constructor(engine: Engine, onKnown: (rows: readonly number[]) => void) {
    this.#engine = engine;
    this.#onKnown = onKnown;
  }

  /** Clears the cache, for other rows or other scores. */
  start(columns: number[], hasPixels: boolean, width: number): void {
    this.#atOnce = Math.max(1, Math.min(AT_ONCE, Math.floor(CELLS_AT_ONCE / width)));
    this.#run++;
    this.#columns = columns;
    this.#hasPixels = hasPixels;
    this.#known.clear();
    this.#wanted = [];
  }

  get(row: number): KnownRow | undefined {
    return this.#known.get(row);
  }

  /** Requests the visible rows; those listed first are explained first. */
  want(rows: readonly number[]): void {
    this.#wanted = rows.filter((row) => !this.#known.get(row)?.blame);
    clearTimeout(this.#timer);
    if (this.#wanted.length > 0) this.#timer = setTimeout(() => this.#ask(), PAUSE);
  }

  async #ask(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    const run = this.#run;
    try {
      while (this.#wanted.length > 0 && run === this.#run) {
        const bare = this.#wanted.filter((row) => !this.#known.has(row));
        if (bare.length > 0) {
          const [cells, pixels] = await Promise.all([
            this.#engine.ask('cells', [bare, this.#columns]),
            this.#hasPixels ? this.#engine.ask('thumbnails', [bare]) : [],
          ]);
          if (run !== this.#run) break;
          if (this.#known.size > MOST) this.#known.clear();
          for (const [i, row] of bare.entries()) {
            this.#known.set(row, { cells: cells[i] as string[], pixels: pixels[i] });
          }
          this.#onKnown(bare);
        }
        const rows = this.#wanted
          .filter((row) => this.#known.has(row) && !this.#known.get(row)?.blame)
          .slice(0, this.#atOnce);
        if (rows.length === 0) {
          if (this.#wanted.every((row) => this.#known.get(row)?.blame)) break;
          continue;
        }
        const blames = await this.#engine.ask('explain', [rows]);
        if (run !== this.#run) break;
        for (const [i, row] of rows.entries()) {
          const known = this.#known.get(row);
          if (known) known.blame = blames[i] as Blame[];
        }
        this.#wanted = this.#wanted.filter((row) => !this.#known.get(row)?.blame);
        this.#onKnown(rows);
      }
    } finally {
      this.#isAsking = false;
      if (run !== this.#run && this.#wanted.length > 0) this.#ask();
    }
  }
}
