// The engine's state: a table, its results, and the models.

import { AnomalyDetector, type ColumnBlame } from 'autoencoder-wasm/anomalies';
import { TableAutoencoder } from 'autoencoder-wasm/table';
import { isMissing } from '../../../../src/table/cells.js';
import type {
  Blame,
  CodeMap,
  ColumnInfo,
  ColumnType,
  Found,
  Gap,
  Gaps,
  Progress,
  Source,
  TableInfo,
  Verdict,
} from './calls.js';
import { type KnownColumn, knowColumn, shortNumber } from './columns.js';
import { readPictures } from './pictures.js';
import { inside, project } from './projection.js';
import { readTable } from './read.js';
import { openSample } from './samples.js';
import { type Cell, InputError, type Table } from './table.js';

/** How many cells are scored, encoded or filled at a time; between them the engine can answer calls. */
const CELLS_AT_ONCE = 160_000;
/** The most rows that the model for codes is trained on. */
const MOST_LEARNED = 10_000;
/** How many steps it is trained for. */
const STEPS = 3000;
/** Tables with more columns than this take long, so their codes come from a smaller network. */
const [WIDE, WIDE_LAYERS] = [1000, [32]];
/** How many of the columns that explain a score are shown. */
const BLAMED = 5;
/** Columns after the first are shown only if they contribute at least this fraction of the error. */
const LEAST_SHARE = 0.03;
/** How many filled cells are shown. */
const GAPS_SHOWN = 200;

export type Tell = (progress: Progress) => void;
export type Columns = Record<string, Cell[]>;

export class Session {
  #table: Table | undefined;
  #known: KnownColumn[] = [];
  #changed = new Map<string, ColumnType>();
  #detector: AnomalyDetector | undefined;
  #model: TableAutoencoder | undefined;
  #found: Found | undefined;
  #codes: { data: Float32Array; width: number; points: Float32Array } | undefined;

  get table(): Table {
    if (this.#table) return this.#table;
    throw new InputError('There is no table yet.');
  }

  get known(): readonly KnownColumn[] {
    return this.#known;
  }

  get detector(): AnomalyDetector {
    if (this.#detector) return this.#detector;
    throw new InputError('The detector is not trained yet.');
  }

  get model(): TableAutoencoder {
    if (this.#model) return this.#model;
    throw new InputError('The autoencoder is not trained yet.');
  }

  get found(): Found | undefined {
    return this.#found;
  }

  get codes() {
    return this.#codes;
  }

  async open(source: Source, signal: AbortSignal, tell: Tell): Promise<TableInfo> {
    const onShare = (share: number) => tell({ what: 'Reading', share: 0.6 * share });
    const table =
      source.kind === 'file'
        ? await readTable(source.file, source.options, signal, onShare)
        : source.kind === 'pictures'
          ? await readPictures(source.pictures, signal, onShare)
          : await openSample(source.name, signal, onShare);
    if (table.rows < 10) {
      throw new InputError(
        `${table.name} has ${table.rows} row${table.rows === 1 ? '' : 's'}, but at least 10 are needed to learn what is usual. Choose a table with more.`,
      );
    }
    if (table.rows < 100) {
      table.notes.push(
        `${table.rows} rows are few, so treat the results as hints. At least a hundred rows are better.`,
      );
    }
    const known: KnownColumn[] = [];
    for (let c = 0; c < table.names.length; c++) {
      const isName = table.kind === 'pictures' && c === 0;
      known.push(await knowColumn(table, c, isName ? 'ignore' : undefined, signal));
      if (c % 16 === 0)
        tell({ what: 'Inspecting columns', share: 0.6 + (0.4 * c) / table.names.length });
    }
    if (known.length > WIDE) {
      table.notes.push(
        `${known.length.toLocaleString('en')} columns take a while. Set columns that do not matter to “ignore”: this is faster and finds more.`,
      );
    }
    this.#forget();
    this.#table = table;
    this.#known = known;
    this.#changed = new Map();
    const { pixels } = table;
    return {
      ...{ name: table.name, kind: table.kind, rows: table.rows, notes: table.notes },
      columns: known.map(({ info }) => info),
      ...(pixels && { side: pixels.side, depth: pixels.depth }),
    };
  }

  async retype(column: number, type: ColumnType): Promise<ColumnInfo> {
    const { inferred } = (this.#known[column] as KnownColumn).info;
    const known = await knowColumn(this.table, column, type);
    known.info.inferred = inferred;
    if (known.info.type !== type) {
      throw new InputError(`No cell of ${known.info.name} can be read as ${type}.`);
    }
    this.#known[column] = known;
    if (type === inferred) this.#changed.delete(known.info.name);
    else this.#changed.set(known.info.name, type);
    return known.info;
  }

  /** Trains the detector, and scores every row. */
  async find(seed: number, signal: AbortSignal, tell: Tell): Promise<Found> {
    const table = this.table;
    const began = performance.now();
    const types = this.types();
    const used = this.#known.filter(({ info }) => info.type !== 'ignore');
    if (used.length === 0) {
      throw new InputError(
        'All columns are ignored. Choose a type for at least one of them above.',
      );
    }
    const detector = new AnomalyDetector({ seed, types });
    tell({ what: 'Inspecting columns', share: 0 });
    const chosen = await detector.fit(this.batch(0, table.rows), {
      signal,
      onEpochEnd({ epoch, epochs, member, members }) {
        // The detector's members train concurrently.
        tell({
          what: 'Learning what is usual',
          share: 0.1 + (0.6 * (epoch - 1 + member / members)) / epochs,
        });
      },
    });
    const scores = new Float32Array(table.rows);
    await this.inBatches(signal, async (batch, from) => {
      scores.set(await detector.score(batch), from);
      tell({ what: 'Scoring rows', share: 0.7 + (0.3 * from) / table.rows });
    });
    const order = Uint32Array.from({ length: table.rows }, (_, i) => i);
    order.sort((a, b) => (scores[b] as number) - (scores[a] as number));
    this.#forget();
    this.#detector = detector;
    const { threshold, why } = chosen;
    const milliseconds = performance.now() - began;
    this.#found = { scores, order, threshold, why, seed, milliseconds };
    return this.#found;
  }

  /** Trains the model for codes, and places all rows on the map. */
  async map(signal: AbortSignal, tell: Tell): Promise<CodeMap> {
    const { rows } = this.table;
    const isWide = this.#known.length > WIDE;
    const model = new TableAutoencoder({
      ...{ seed: this.#found?.seed ?? 0, columns: this.types() },
      ...(isWide && { layers: WIDE_LAYERS }),
    });
    const learned = Math.min(rows, MOST_LEARNED);
    const most = isWide ? 20 : 60;
    const epochs = Math.min(most, Math.max(5, Math.round(STEPS / Math.ceil(learned / 64))));
    await model.fit(this.sample(learned), {
      ...{ epochs, signal },
      onEpochEnd: ({ epoch }) => tell({ what: 'Learning codes', share: (0.7 * epoch) / epochs }),
    });
    let data = new Float32Array();
    let width = 0;
    await this.inBatches(signal, async (batch, from) => {
      const codes = await model.encode(batch);
      width = codes.shape[1];
      if (from === 0) data = new Float32Array(rows * width);
      data.set(codes.data, from * width);
      tell({ what: 'Drawing the map', share: 0.7 + (0.3 * from) / rows });
    });
    const points = project(data, width);
    this.#model?.dispose();
    this.#model = model;
    this.#codes = { data, width, points };
    const how =
      width <= 2
        ? `The code of each row is ${width} number${width === 1 ? '' : 's'}.`
        : `The first two principal components of codes of ${width} numbers.`;
    return { points: points.slice(), codeWidth: width, how };
  }

  cells(rows: number[], columns: number[]): string[][] {
    const own = this.table.columns;
    return rows.map((row) => columns.map((column) => String(own[column]?.[row] ?? '')));
  }

  async explain(rows: number[], top = BLAMED): Promise<Blame[][]> {
    const blames = await this.detector.explain(this.rowsAt(rows), { top });
    return blames.map(blamed);
  }

  lasso(polygon: Float32Array): Uint32Array {
    return this.#codes ? inside(this.#codes.points, polygon) : new Uint32Array();
  }

  /** Fills the missing cells, and returns the first of them. */
  async gaps(signal: AbortSignal): Promise<Gaps> {
    const { model } = this;
    const columns = this.#known.filter(({ info }) => info.type !== 'ignore' && info.missing > 0);
    const cells = columns.reduce((sum, { info }) => sum + info.missing, 0);
    const found: [row: number, column: string][] = [];
    let rows = 0;
    for (let row = 0; row < this.table.rows; row++) {
      const before = found.length;
      let isGap = false;
      for (const { info, cells } of columns) {
        if (!isMissing(cells[row])) continue;
        isGap = true;
        if (found.length < GAPS_SHOWN) found.push([row, info.name]);
        else break;
      }
      rows += Number(isGap || found.length > before);
    }
    signal.throwIfAborted();
    const first: Gap[] = [];
    const wanted = [...new Set(found.map(([row]) => row))];
    if (wanted.length > 0) {
      const filled = await model.impute(this.rowsAt(wanted));
      const places = new Map(wanted.map((row, i) => [row, i]));
      for (const [row, column] of found) {
        first.push({ row, column, filled: valueText(filled[places.get(row) as number]?.[column]) });
      }
    }
    return { cells, rows, first };
  }

  /** Scores a new row: the given cells, and for all others those of the row that it is based on. */
  async judge(given: [column: number, text: string][], like: number | undefined): Promise<Verdict> {
    const texts = new Map(given);
    const batch: Columns = Object.fromEntries(
      this.#known.map(({ info, cells }, c) => [
        info.name,
        [texts.get(c) ?? (like === undefined ? '' : (cells[like] as Cell))],
      ]),
    );
    try {
      const [score = 0] = await this.detector.score(batch);
      const [probability = 0] = await this.detector.probability(batch);
      const [blame = []] = await this.detector.explain(batch, { top: BLAMED });
      return { score, probability, blame: blamed(blame) };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new InputError(error.message.replace(/^x\[0\],?\s*/, '').replace(/^x\b/, 'The row'));
    }
  }

  thumbnails(rows: number[]): Uint8Array[] {
    const { pixels } = this.table;
    if (!pixels) return [];
    const size = pixels.side ** 2 * pixels.depth;
    return rows.map((row) => pixels.bytes.slice(row * size, (row + 1) * size));
  }

  /** The column types to pass to a model. */
  types(): Record<string, ColumnType> {
    return Object.fromEntries(
      this.#known.flatMap(({ info: { name, type } }) =>
        type === 'ignore' || this.#changed.has(name) ? [[name, type]] : [],
      ),
    );
  }

  /** The rows [from, to) as a model takes them. */
  batch(from: number, to: number): Columns {
    const isAll = from === 0 && to === this.table.rows;
    return Object.fromEntries(
      this.#known.map(({ info, cells }) => [info.name, isAll ? cells : cells.slice(from, to)]),
    );
  }

  rowsAt(rows: readonly number[]): Columns {
    return Object.fromEntries(
      this.#known.map(({ info, cells }) => [info.name, rows.map((row) => cells[row] as Cell)]),
    );
  }

  /** Returns `count` rows, spread evenly over the table. */
  sample(count: number): Columns {
    const { rows } = this.table;
    if (count >= rows) return this.batch(0, rows);
    return this.rowsAt(Array.from({ length: count }, (_, i) => Math.floor((i * rows) / count)));
  }

  async inBatches(
    signal: AbortSignal,
    use: (batch: Columns, from: number) => Promise<void>,
  ): Promise<void> {
    const { rows, names } = this.table;
    const step = Math.max(16, Math.min(4096, Math.floor(CELLS_AT_ONCE / names.length)));
    for (let from = 0; from < rows; from += step) {
      signal.throwIfAborted();
      await use(this.batch(from, Math.min(rows, from + step)), from);
    }
  }

  #forget(): void {
    this.#detector?.dispose();
    this.#model?.dispose();
    this.#detector = undefined;
    this.#model = undefined;
    this.#found = undefined;
    this.#codes = undefined;
  }
}

function blamed(blame: readonly ColumnBlame[]): Blame[] {
  return blame.filter(({ share }, i) => i === 0 || share >= LEAST_SHARE).map(asText);
}

function asText({ column, share, value, expected }: ColumnBlame): Blame {
  return { column: String(column), share, value: valueText(value), expected: valueText(expected) };
}

/** Formats a cell for readers. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString().replace('T00:00:00.000Z', '');
  // Numbers in a column of text are strings, too.
  const isLong = typeof value === 'string' && /^-?\d+\.\d{3,}$/.test(value);
  return typeof value === 'number' || isLong ? shortNumber(Number(value)) : String(value);
}
