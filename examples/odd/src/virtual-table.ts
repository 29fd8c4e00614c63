// A table with any number of rows, of which only the visible ones are in the page.

import { make } from './dom.js';

/** How many rows are kept above and below the visible ones. */
const SPARE = 4;

export interface VirtualTableOptions {
  label: string;
  /** The height of every row in pixels. */
  rowHeight: number;
  /** The titles of the columns. */
  head: readonly string[];
  /** The title of the column that needs more room. */
  wide?: string;
  /** The most rows that are visible at a time. */
  most: number;
  /** Returns the cells of a row. */
  cells(index: number): (Node | string)[];
  /** Whether the row is highlighted. */
  isMarked?(index: number): boolean;
  /** Called when other rows become visible. */
  onSight?(first: number, last: number): void;
}

export class VirtualTable {
  readonly element: HTMLDivElement;
  readonly #options: VirtualTableOptions;
  readonly #body = make('tbody');
  readonly #table: HTMLTableElement;
  readonly #above = make('tr', { 'aria-hidden': 'true', class: 'spacer' }, make('td'));
  readonly #below = make('tr', { 'aria-hidden': 'true', class: 'spacer' }, make('td'));
  #rows = new Map<number, HTMLTableRowElement>();
  #count = 0;

  constructor(options: VirtualTableOptions) {
    this.#options = options;
    const names = options.head.map((name) =>
      make('th', { scope: 'col', title: name, class: name === options.wide ? 'why' : '' }, name),
    );
    const head = make('thead', {}, make('tr', {}, ...names));
    this.#table = make('table', { 'aria-label': options.label }, head, this.#body);
    this.#body.append(this.#above, this.#below);
    this.element = make('div', { class: 'scroll', tabindex: '0', role: 'region' }, this.#table);
    this.element.setAttribute('aria-label', options.label);
    this.element.addEventListener('scroll', () => this.#draw(), { passive: true });
    this.element.addEventListener('keydown', (event) => this.#onKey(event));
    new ResizeObserver(() => this.#draw()).observe(this.element);
  }

  get count(): number {
    return this.#count;
  }

  /** Sets the number of rows, and scrolls to the first. */
  setCount(count: number): void {
    this.#count = count;
    this.#table.setAttribute('aria-rowcount', String(count + 1));
    const { rowHeight, most } = this.#options;
    this.element.style.height = `${Math.min(count, most) * rowHeight + 46}px`;
    this.element.scrollTop = 0;
    this.redraw();
  }

  /** Draws the visible rows again. */
  redraw(): void {
    const focused = this.#focused();
    for (const row of this.#rows.values()) row.remove();
    this.#rows.clear();
    this.#draw();
    if (focused !== undefined && focused < this.#count) this.focus(focused);
  }

  /** Draws one row again, if it is visible. */
  update(index: number): void {
    const old = this.#rows.get(index);
    if (!old) return;
    const hadFocus = old.contains(document.activeElement);
    const row = this.#make(index);
    old.replaceWith(row);
    this.#rows.set(index, row);
    if (hadFocus) row.querySelector<HTMLElement>('button, select')?.focus();
  }

  /** Scrolls to a row, and focuses its control. */
  focus(index: number): void {
    const { rowHeight } = this.#options;
    const box = this.element;
    const top = index * rowHeight;
    const room = box.clientHeight - 46;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + rowHeight > box.scrollTop + room) box.scrollTop = top + rowHeight - room;
    this.#draw();
    this.#rows
      .get(index)
      ?.querySelector<HTMLElement>('button, select')
      ?.focus({ preventScroll: true });
  }

  #focused(): number | undefined {
    for (const [index, row] of this.#rows) {
      if (row.contains(document.activeElement)) return index;
    }
    return undefined;
  }

  #draw(): void {
    const { rowHeight, onSight } = this.#options;
    const { scrollTop, clientHeight } = this.element;
    const first = Math.max(0, Math.floor(scrollTop / rowHeight) - SPARE);
    const last = Math.min(this.#count, Math.ceil((scrollTop + clientHeight) / rowHeight) + SPARE);
    for (const [index, row] of this.#rows) {
      if (index >= first && index < last) continue;
      if (row.contains(document.activeElement)) this.element.focus({ preventScroll: true });
      row.remove();
      this.#rows.delete(index);
    }
    let before: Element = this.#above;
    for (let index = first; index < last; index++) {
      let row = this.#rows.get(index);
      if (!row) {
        row = this.#make(index);
        this.#rows.set(index, row);
        before.after(row);
      }
      before = row;
    }
    this.#above.style.height = `${first * rowHeight}px`;
    this.#below.style.height = `${Math.max(0, this.#count - last) * rowHeight}px`;
    onSight?.(first, last);
  }

  #make(index: number): HTMLTableRowElement {
    const { cells, isMarked, rowHeight } = this.#options;
    const row = make('tr', { 'aria-rowindex': String(index + 2) });
    row.style.height = `${rowHeight}px`;
    if (isMarked?.(index)) row.classList.add('marked');
    row.append(...cells(index).map((cell) => make('td', {}, cell)));
    return row;
  }

  #onKey(event: KeyboardEvent): void {
    if (event.target instanceof HTMLSelectElement || event.altKey || event.ctrlKey) return;
    const now = this.#focused();
    const page = Math.max(1, Math.floor(this.element.clientHeight / this.#options.rowHeight) - 2);
    const steps: Record<string, number> = {
      ...{ ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page },
      ...{ Home: Number.NEGATIVE_INFINITY, End: Number.POSITIVE_INFINITY },
    };
    const step = steps[event.key];
    if (step === undefined || now === undefined) return;
    event.preventDefault();
    this.focus(Math.min(this.#count - 1, Math.max(0, now + step)));
  }
}
