// A row that the visitor types in, and the model's verdict on it.

import type { Engine } from './client.js';
import { byId, make } from './dom.js';
import type { ColumnInfo, TableInfo } from './engine/calls.js';
import { blameList } from './rows-view.js';

/** How many columns get a field; the others keep the cells of the row it is based on. */
const MOST_FIELDS = 60;

export class NewRow {
  readonly #engine: Engine;
  readonly #form = byId('new-row', HTMLFormElement);
  readonly #fields = byId('new-fields', HTMLElement);
  readonly #like = byId('new-like', HTMLInputElement);
  readonly #verdict = byId('verdict', HTMLElement);
  readonly #threshold: () => number;
  #inputs: { column: number; input: HTMLInputElement | HTMLSelectElement }[] = [];
  #from: number | undefined;

  constructor(engine: Engine, threshold: () => number) {
    this.#engine = engine;
    this.#threshold = threshold;
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#judge();
    });
    byId('new-fill', HTMLButtonElement).addEventListener('click', () => this.#fill());
  }

  async show(info: TableInfo, columns: readonly ColumnInfo[], like: number): Promise<void> {
    const section = this.#form.closest('section') as HTMLElement;
    section.hidden = info.kind === 'pictures';
    if (section.hidden) return;
    this.#verdict.replaceChildren();
    const used = [...columns.keys()].filter((c) => columns[c]?.type !== 'ignore');
    this.#inputs = used.slice(0, MOST_FIELDS).map((column) => {
      const { type, values } = columns[column] as ColumnInfo;
      const isFew = (type === 'category' || type === 'boolean') && values.length <= 30;
      if (!isFew) {
        const input = make('input', {
          autocomplete: 'off',
          ...(type === 'number' && { inputmode: 'decimal' }),
        });
        return { column, input };
      }
      const options = values.map((value) => make('option', { value }, value));
      return {
        column,
        input: make('select', {}, make('option', { value: '' }, 'missing'), ...options),
      };
    });
    this.#fields.replaceChildren(
      ...this.#inputs.map(({ column, input }) =>
        make(
          'label',
          {},
          make('span', { class: 'name' }, columns[column]?.name || '(no name)'),
          input,
        ),
      ),
    );
    if (used.length > MOST_FIELDS) {
      const more = used.length - MOST_FIELDS;
      this.#fields.append(
        make(
          'p',
          { class: 'soft' },
          `The other ${more.toLocaleString('en')} columns keep the values of the row you start from.`,
        ),
      );
    }
    this.#like.max = String(info.rows);
    this.#like.value = String(like + 1);
    await this.#fill();
  }

  async #fill(): Promise<void> {
    const row = Number(this.#like.value) - 1;
    if (!Number.isInteger(row) || row < 0 || row >= Number(this.#like.max)) {
      this.#say(`Choose a row from 1 to ${this.#like.max}.`);
      return;
    }
    this.#from = row;
    const columns = this.#inputs.map(({ column }) => column);
    const [cells = []] = await this.#engine.ask('cells', [[row], columns]);
    for (const [i, { input }] of this.#inputs.entries()) {
      input.value = cells[i] ?? '';
      if (input.value !== (cells[i] ?? '')) input.value = ''; // a rare value that is not among the choices
    }
  }

  async #judge(): Promise<void> {
    const cells = this.#inputs.map(
      ({ column, input }) => [column, input.value] as [number, string],
    );
    try {
      const { score, probability, blame } = await this.#engine.ask('judge', [cells, this.#from]);
      const isOdd = score > this.#threshold();
      const than = `odder than ${(100 * probability).toFixed(1)} % of the rows`;
      this.#verdict.replaceChildren(
        make(
          'p',
          { class: 'figure' },
          isOdd ? 'Odd' : 'Ordinary',
          make('small', {}, ` score ${score.toFixed(2)}, ${than}`),
        ),
        blameList(blame),
      );
      this.#verdict.dataset.score = String(score);
    } catch (error) {
      this.#say((error as Error).message);
    }
  }

  #say(text: string): void {
    this.#verdict.replaceChildren(make('p', { class: 'complaint' }, text));
  }
}
