// The page: it takes a table, and shows what is odd in it.

import { Cancelled, Engine } from './client.js';
import { showCode } from './code.js';
import { ColumnsView } from './columns-view.js';
import { breathe, byId, count, make, plural } from './dom.js';
import { Downloads } from './downloads.js';
import type { Found, ReadingOptions, Source, TableInfo } from './engine/calls.js';
import { Histogram } from './histogram.js';
import { Intake } from './intake.js';
import { MapView } from './map-view.js';
import { NewRow } from './new-row.js';
import { RowsView } from './rows-view.js';
import { startTheme } from './theme.js';
import { Working } from './working.js';

class Page {
  readonly #engine = new Engine((message) =>
    this.#complain(`The engine stopped (${message}). Reload the page and try a smaller table.`),
  );
  readonly #reading = new Working('reading-progress');
  readonly #finding = new Working('find-progress');
  readonly #mapping = new Working('map-progress');
  readonly #columns = new ColumnsView(this.#engine, () => this.#hideResults());
  readonly #histogram = new Histogram((threshold, above) => this.#onThreshold(threshold, above));
  readonly #rows = new RowsView(this.#engine, (row) => this.#map.mark(row));
  readonly #map = new MapView({
    onLasso: (polygon) => this.#select(polygon),
    onRow: (row) => this.#rows.open(row),
  });
  readonly #newRow = new NewRow(this.#engine, () => this.#histogram.threshold);
  readonly #downloads = new Downloads(this.#engine, () => this.#histogram.threshold);
  readonly #find = byId('find', HTMLButtonElement);
  readonly #seed = byId('seed', HTMLInputElement);
  #info: TableInfo | undefined;
  #used: ReadingOptions = {};
  #found: Found | undefined;
  #threshold = 0;
  #told: ReturnType<typeof setTimeout> | undefined;

  start(): void {
    startTheme(() => {
      this.#histogram.recolour();
      this.#map.redraw();
    });
    new Intake(
      (source) => this.#open(source),
      (problem) => this.#complain(problem),
    );
    this.#find.addEventListener('click', () => this.#run());
    document.documentElement.dataset.state = 'ready';
  }

  #complain(problem: string): void {
    byId('complaint', HTMLElement).textContent = problem;
  }

  async #open(source: Source): Promise<void> {
    this.#complain('');
    this.#finding.cancel();
    this.#mapping.cancel();
    this.#hideResults();
    byId('columns', HTMLElement).hidden = true;
    try {
      const info = await this.#reading.during('Reading', (options) =>
        this.#engine.ask('open', [source], options),
      );
      this.#info = info;
      this.#used = source.kind === 'file' ? source.options : {};
      byId('columns', HTMLElement).hidden = false;
      this.#columns.show(info);
      byId('table-name', HTMLElement).textContent =
        `${info.name}: ${plural(info.rows, info.kind === 'pictures' ? 'picture' : 'row')}, ${plural(info.columns.length, 'column')}`;
      byId('notes', HTMLElement).replaceChildren(...info.notes.map((note) => make('li', {}, note)));
      byId('find-complaint', HTMLElement).textContent = '';
      byId('columns-title', HTMLElement).focus();
    } catch (error) {
      if (!(error instanceof Cancelled)) this.#complain((error as Error).message);
    }
  }

  #hideResults(): void {
    this.#mapping.cancel();
    this.#found = undefined;
    byId('results', HTMLElement).hidden = true;
    document.documentElement.dataset.state = 'ready';
  }

  async #run(): Promise<void> {
    const info = this.#info as TableInfo;
    const complaint = byId('find-complaint', HTMLElement);
    complaint.textContent = '';
    const seed = Number(this.#seed.value);
    if (!this.#seed.checkValidity() || this.#seed.value === '') {
      complaint.textContent = 'The seed must be a whole number from 0 to 4294967295.';
      return;
    }
    this.#hideResults();
    this.#find.disabled = true;
    try {
      const found = await this.#finding.during('Inspecting columns', (options) =>
        this.#engine.ask('find', [seed], options),
      );
      this.#found = found;
      await this.#show(info, found);
    } catch (error) {
      if (!(error instanceof Cancelled)) complaint.textContent = (error as Error).message;
    } finally {
      this.#find.disabled = false;
    }
    if (this.#found) await this.#draw(this.#found);
  }

  /** Shows one part at a time, so that the page stays responsive. */
  async #show(info: TableInfo, found: Found): Promise<void> {
    byId('results', HTMLElement).hidden = false;
    this.#map.hide();
    this.#downloads.start();
    byId('map-how', HTMLElement).textContent = '';
    byId('gaps-count', HTMLElement).textContent = 'The model that fills them in is still training.';
    byId('gaps-table', HTMLElement).replaceChildren();
    byId('summary', HTMLElement).textContent =
      `${plural(info.rows, 'row')} scored in ${(found.milliseconds / 1000).toFixed(1)} s`;
    byId('why', HTMLElement).textContent = `Reason for the suggested threshold: ${found.why}.`;
    await breathe();
    this.#rows.show(info, this.#columns.columns, found);
    await breathe();
    this.#histogram.show(found);
    await breathe();
    this.#newRow.show(info, this.#columns.columns, found.order[found.order.length >> 1] as number);
    document.documentElement.dataset.state = 'found';
    byId('scores-title', HTMLElement).focus();
  }

  /** Shows the map, and the other uses of the same model. */
  async #draw(found: Found): Promise<void> {
    const isCurrent = () => this.#found === found;
    try {
      const map = await this.#mapping.during('Learning codes', (options) =>
        this.#engine.ask('map', [], options),
      );
      if (!isCurrent()) return;
      this.#map.show(map, found.scores);
      byId('map-how', HTMLElement).textContent = map.how;
      this.#downloads.mapped();
      const gaps = await this.#engine.ask('gaps', []);
      if (!isCurrent()) return;
      byId('gaps-count', HTMLElement).textContent =
        gaps.cells === 0
          ? 'No cell is missing.'
          : `${plural(gaps.cells, 'cell')} of ${plural(gaps.rows, 'row')}`;
      const lines = gaps.first
        .slice(0, 12)
        .map(({ row, column, filled }) =>
          make(
            'tr',
            {},
            make('td', {}, count(row + 1)),
            make('td', {}, column || '(no name)'),
            make('td', {}, filled),
          ),
        );
      const names = ['Row', 'Column', 'Filled in with'].map((name) =>
        make('th', { scope: 'col' }, name),
      );
      const table = make(
        'table',
        { 'aria-label': 'Missing cells, filled in' },
        make('thead', {}, make('tr', {}, ...names)),
        make('tbody', {}, ...lines),
      );
      if (gaps.cells > 0)
        byId('gaps-table', HTMLElement).replaceChildren(make('div', { class: 'flow' }, table));
      if (gaps.cells > lines.length) {
        byId('gaps-table', HTMLElement).append(
          make('p', { class: 'soft' }, 'Download the completed table below to see all of them.'),
        );
      }
      document.documentElement.dataset.state = 'mapped';
    } catch (error) {
      if (!isCurrent()) return;
      const why = error instanceof Cancelled ? 'cancelled' : (error as Error).message;
      byId('map-how', HTMLElement).textContent = `No map: ${why}`;
      byId('gaps-count', HTMLElement).textContent =
        'Not filled in, because the autoencoder was not trained.';
    }
  }

  #onThreshold(threshold: number, above: number): void {
    if (!this.#found || !this.#info) return;
    const { rows } = this.#info;
    byId('above', HTMLElement).replaceChildren(
      count(above),
      make(
        'small',
        {},
        ` of ${plural(rows, 'row')} above ${threshold.toFixed(2)} (${((100 * above) / rows).toFixed(1)} %)`,
      ),
    );
    this.#rows.setAbove(above);
    // Slower updates wait until the threshold stops moving.
    clearTimeout(this.#told);
    this.#threshold = threshold;
    this.#told = setTimeout(() => this.#settle(), 120);
  }

  #settle(): void {
    if (!this.#info || !this.#found) return;
    this.#map.setThreshold(this.#threshold);
    showCode({
      ...{ info: this.#info, columns: this.#columns.columns, reading: this.#used },
      ...{ seed: this.#found.seed, threshold: Number(this.#threshold.toPrecision(6)) },
    });
  }

  async #select(polygon: Float32Array): Promise<void> {
    const rows =
      polygon.length === 0 ? new Uint32Array() : await this.#engine.ask('lasso', [polygon]);
    this.#map.choose(rows);
    this.#rows.select(rows);
  }
}

new Page().start();
