// Shows the columns with their inferred types, which the visitor can change.

import type { Engine } from './client.js';
import { byId, count, make, plural } from './dom.js';
import type { ColumnInfo, ColumnType, TableInfo } from './engine/calls.js';
import { VirtualTable } from './virtual-table.js';

const TYPES: readonly [ColumnType, string][] = [
  ['number', 'number'],
  ['category', 'category'],
  ['boolean', 'yes or no'],
  ['date', 'date'],
  ['ignore', 'ignore'],
];
/** With more columns than this there is a search field. */
const MANY = 30;

export class ColumnsView {
  readonly #engine: Engine;
  readonly #onChange: () => void;
  readonly #filter = byId('column-filter', HTMLElement);
  readonly #table: VirtualTable;
  #columns: ColumnInfo[] = [];
  #shown: number[] = [];
  #problems = new Map<number, string>();

  constructor(engine: Engine, onChange: () => void) {
    this.#engine = engine;
    this.#onChange = onChange;
    this.#table = new VirtualTable({
      label: 'All columns',
      rowHeight: 52,
      most: 8,
      head: ['Column', 'Type', 'Contents', 'Missing', 'Examples'],
      cells: (index) => this.#cells(this.#shown[index] as number),
      isMarked: (index) => this.#columns[this.#shown[index] as number]?.type === 'ignore',
    });
    byId('columns-table', HTMLElement).append(this.#table.element);
    const field = this.#filter.querySelector('input') as HTMLInputElement;
    field.addEventListener('input', () => this.#find(field.value));
  }

  get columns(): readonly ColumnInfo[] {
    return this.#columns;
  }

  show({ columns, kind }: TableInfo): void {
    this.#columns = columns;
    this.#problems.clear();
    this.#filter.hidden = columns.length <= MANY;
    (this.#filter.querySelector('input') as HTMLInputElement).value = '';
    byId('columns-list', HTMLElement).hidden = kind === 'pictures';
    this.#find('');
  }

  #find(text: string): void {
    const wanted = text.trim().toLowerCase();
    this.#shown = [...this.#columns.keys()].filter(
      (c) => wanted === '' || this.#columns[c]?.name.toLowerCase().includes(wanted),
    );
    this.#table.setCount(this.#shown.length);
  }

  #cells(c: number): (Node | string)[] {
    const info = this.#columns[c] as ColumnInfo;
    const { name, type, inferred, about, missing, stray, examples } = info;
    const select = make('select', {
      'aria-label': `Type of ${name || 'the column without a name'}`,
    });
    for (const [value, text] of TYPES) {
      const option = make('option', { value }, value === inferred ? `${text} (auto)` : text);
      option.selected = value === type;
      select.append(option);
    }
    select.addEventListener('change', () => this.#retype(c, select.value as ColumnType));
    const problem = this.#problems.get(c);
    const strays = `${plural(stray.count, 'cell')} of another type count${stray.count === 1 ? 's' : ''} as missing: ${stray.words.join(', ')}`;
    const note = problem ?? (stray.count > 0 ? strays : undefined);
    const text = type === 'ignore' ? `left out: ${about}` : about;
    return [
      make('span', { class: 'name', title: name }, name || '(no name)'),
      select,
      make('span', { class: note ? 'about warn' : 'about', title: note ?? text }, note ?? text),
      missing > 0 ? count(missing) : '–',
      make('span', { class: 'soft about', title: examples.join(', ') }, examples.join(', ')),
    ];
  }

  async #retype(c: number, type: ColumnType): Promise<void> {
    try {
      this.#columns[c] = await this.#engine.ask('retype', [c, type]);
      this.#problems.delete(c);
      this.#onChange();
    } catch (error) {
      this.#problems.set(c, (error as Error).message);
    }
    const index = this.#shown.indexOf(c);
    if (index >= 0) this.#table.update(index);
  }
}
