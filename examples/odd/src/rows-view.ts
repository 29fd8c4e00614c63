// Lists the oddest rows with the columns that explain them, and shows all details of one row.

import type { Engine } from './client.js';
import { byId, count, make } from './dom.js';
import type { Blame, ColumnInfo, Found, TableInfo } from './engine/calls.js';
import { RowStore } from './row-store.js';
import { pictureOf } from './thumbnail.js';
import { VirtualTable } from './virtual-table.js';

/**
 * How many of the table's own columns are shown beside the score, and how many cells of a row in its
 * details.
 */
const [OWN, FULL] = [4, 300];
const WHY = 'Odd values, and what was expected';
/** How many of the columns that explain a score are shown in the table. */
const BLAMED = 3;

export class RowsView {
  readonly #engine: Engine;
  readonly #store: RowStore;
  readonly #detail = byId('detail', HTMLElement);
  readonly #choice = byId('show', HTMLSelectElement);
  readonly #onRow: (row: number) => void;
  #table: VirtualTable | undefined;
  #info: TableInfo | undefined;
  #found: Found | undefined;
  #columns: readonly ColumnInfo[] = [];
  #own: number[] = [];
  #shown: ArrayLike<number> = [];
  #places = new Map<number, number>();
  #selected: Uint32Array = new Uint32Array();
  #above = 0;
  #row: number | undefined;

  constructor(engine: Engine, onRow: (row: number) => void) {
    this.#engine = engine;
    this.#onRow = onRow;
    this.#detail.tabIndex = 0; // because it scrolls
    this.#store = new RowStore(engine, (rows) => {
      for (const row of rows) {
        const place = this.#places.get(row);
        if (place !== undefined) this.#table?.update(place);
      }
    });
    this.#choice.addEventListener('change', () => this.#list());
  }

  show(info: TableInfo, columns: readonly ColumnInfo[], found: Found): void {
    this.#info = info;
    this.#columns = columns;
    this.#found = found;
    this.#selected = new Uint32Array();
    this.#own = [...columns.keys()].slice(0, info.kind === 'pictures' ? 1 : OWN);
    const isPictures = info.kind === 'pictures';
    this.#store.start(this.#own, isPictures, columns.length);
    const own = this.#own.map((c) => columns[c]?.name || '(no name)');
    this.#table = new VirtualTable({
      label: 'Rows, oddest first',
      rowHeight: 76,
      wide: WHY,
      most: 7,
      head: ['Row', 'Score', ...(isPictures ? ['Picture'] : []), WHY, ...own],
      cells: (index) => this.#cells(this.#shown[index] as number),
      isMarked: (index) => this.#shown[index] === this.#row,
      onSight: (first, last) => {
        const rows: number[] = [];
        this.#places.clear();
        for (let i = first; i < last; i++) {
          const row = this.#shown[i] as number;
          rows.push(row);
          this.#places.set(row, i);
        }
        this.#store.want(rows);
      },
    });
    byId('rows-table', HTMLElement).replaceChildren(this.#table.element);
    this.#row = undefined;
    this.#detail.replaceChildren(
      make('h3', { id: 'detail-title' }, 'Row details'),
      make('p', { class: 'soft' }, 'Select a row to see all its values.'),
    );
    const option = this.#choice.querySelector('[value=selected]') as HTMLOptionElement;
    option.disabled = true;
    option.textContent = 'rows selected on the map';
    this.#choice.value = 'above';
  }

  /** Sets how many rows are above the threshold. */
  setAbove(above: number): void {
    if (above === this.#above && this.#table?.count === above) return;
    this.#above = above;
    if (this.#choice.value === 'above') this.#list();
  }

  /** Lists rows that were selected on the map, highest score first. */
  select(rows: Uint32Array): void {
    const scores = this.#found?.scores as Float32Array;
    this.#selected = rows.slice().sort((a, b) => (scores[b] as number) - (scores[a] as number));
    const option = this.#choice.querySelector('[value=selected]') as HTMLOptionElement;
    option.disabled = rows.length === 0;
    option.textContent = `${count(rows.length)} rows selected on the map`;
    this.#choice.value = rows.length > 0 ? 'selected' : 'above';
    this.#list();
  }

  #list(): void {
    const order = this.#found?.order;
    if (!order || !this.#table) return;
    const choice = this.#choice.value;
    this.#shown =
      choice === 'all'
        ? order
        : choice === 'selected'
          ? this.#selected
          : order.subarray(0, this.#above);
    this.#table.setCount(this.#shown.length);
  }

  #cells(row: number): (Node | string)[] {
    const known = this.#store.get(row);
    const score = this.#found?.scores[row] as number;
    const button = make('button', { type: 'button', class: 'row' }, count(row + 1));
    button.setAttribute('aria-label', `Row ${row + 1}, score ${score.toFixed(2)}`);
    button.addEventListener('click', () => this.open(row));
    const info = this.#info as TableInfo;
    return [
      button,
      make('span', { class: 'score' }, score.toFixed(2)),
      ...(info.kind === 'pictures' ? [known?.pixels ? pictureOf(known.pixels, info) : '…'] : []),
      known?.blame ? blameList(known.blame.slice(0, BLAMED)) : make('span', { class: 'soft' }, '…'),
      ...this.#own.map((_, i) => make('span', { class: 'about' }, known?.cells[i] ?? '…')),
    ];
  }

  /** Shows all details of a row. */
  async open(row: number): Promise<void> {
    const before = this.#row;
    this.#row = row;
    for (const other of [before, row]) {
      const place = other === undefined ? undefined : this.#places.get(other);
      if (place !== undefined) this.#table?.update(place);
    }
    this.#onRow(row);
    const info = this.#info as TableInfo;
    const isPictures = info.kind === 'pictures';
    const columns = isPictures ? [0] : [...this.#columns.keys()].slice(0, FULL);
    const [[cells = []], [blame = []], [pixels]] = await Promise.all([
      this.#engine.ask('cells', [[row], columns]) as Promise<[string[]]>,
      this.#engine.ask('explain', [[row]]) as Promise<[Blame[]]>,
      isPictures ? this.#engine.ask('thumbnails', [[row]]) : ([] as Uint8Array[]),
    ]);
    if (this.#row !== row) return;
    const score = this.#found?.scores[row] as number;
    const title = make('h3', { id: 'detail-title' }, `Row ${count(row + 1)}`);
    const list = make('dl');
    const blamed = new Map(blame.map((each) => [each.column, each]));
    for (const [i, c] of columns.entries()) {
      const column = this.#columns[c] as ColumnInfo;
      const why = blamed.get(column.name);
      const value = make('dd', {}, cells[i] || 'missing');
      if (why) {
        value.classList.add('blamed');
        value.append(make('span', { class: 'soft' }, ` expected ${why.expected}`));
      }
      list.append(make('div', {}, make('dt', {}, column.name || '(no name)'), value));
    }
    this.#detail.replaceChildren(
      title,
      make('p', { class: 'soft' }, `Score ${score.toFixed(2)}`),
      ...(pixels ? [pictureOf(pixels, info, 8)] : []),
      blameList(blame),
      list,
    );
    if (columns.length < this.#columns.length && !isPictures) {
      const more = this.#columns.length - columns.length;
      this.#detail.append(make('p', { class: 'soft' }, `and ${count(more)} more columns`));
    }
  }
}

/** Lists the columns that explain a score, with the actual and the expected values. */
export function blameList(blame: readonly Blame[]): HTMLElement {
  const list = make('ul', { class: 'blame' });
  for (const { column, share, value, expected } of blame) {
    const meter = make('i', { 'aria-hidden': 'true' });
    meter.style.width = `${Math.round(100 * Math.max(0, share))}%`;
    const text = make(
      'span',
      {},
      make('b', {}, column || '(no name)'),
      ` ${value || 'missing'}, expected ${expected}`,
    );
    text.title = `${column}: ${value}, expected ${expected} (${Math.round(100 * share)} % of the blame)`;
    list.append(make('li', {}, meter, text));
  }
  return list;
}
