import { printable } from '../../base/printable.js';
import type { ColumnsOption } from '../../index.js';
import type { TableColumn } from '../../table.js';
import type { Command } from '../command.js';
import { COMMON } from '../common-flags.js';
import type { Arguments } from '../flags.js';
import { loadRun, type Progress } from '../model-file.js';
import { print } from '../standard-output.js';
import { tableAround } from '../table-rows.js';
import { ranges } from '../tables/selection.js';
import { count } from '../text.js';

export const info: Command = {
  name: 'info',
  summary: 'show what a model file contains',
  operand: 'MODEL',
  about: 'Prints the layers, parameters, options and threshold of a model.',
  groups: [['Messages', COMMON]],
  examples: [
    'autoencoder-wasm info digits.safetensors',
    'autoencoder-wasm info --json digits.safetensors',
  ],
  run,
};

async function run(args: Arguments, [operand]: readonly string[]): Promise<void> {
  const { ae, progress, bytes } = await loadRun(operand as string);
  const { options, threshold } = ae;
  const { tableOf } = await import('../../autoencoder.js');
  const table = tableOf(ae) === undefined ? undefined : (await tableAround(ae)).columns;
  if (args.flags.json) {
    const shapes = Object.entries(ae.parameters).map(([name, { shape }]) => [name, shape] as const);
    const parameters = shapes.reduce((sum, [, shape]) => sum + shape.reduce((a, b) => a * b), 0);
    const tensors = Object.fromEntries(shapes);
    const known = { file: operand, bytes, table, options, training: progress, threshold };
    await print(`${JSON.stringify({ ...known, parameters, tensors })}\n`);
    return;
  }
  // A table model's own option values follow from its columns.
  const { layers, columns, categories, columnWeights: _, ...others } = options;
  const facts = {
    layers: layers.join('-'),
    ...others,
    ...(columns && { columns: columnsText(columns) }),
    ...(categories && !table && { categories: categories.length }),
    training: trainingText(progress),
    threshold: threshold === undefined ? 'none' : threshold.toPrecision(5),
    file: `${bytes.toLocaleString('en')} bytes`,
  };
  const width = Math.max(...Object.keys(facts).map((name) => name.length));
  const lines = Object.entries(facts).map(([name, value]) => `${name.padEnd(width)}  ${value}`);
  const schema = table ? `${schemaText(table)}\n\n` : '';
  await print(`${schema}${ae.summary()}\n\n${lines.join('\n')}\n`);
}

/** The columns of a table model, one per line. */
function schemaText(columns: readonly TableColumn[]): string {
  const names = columns.map(({ name }) => printable(name));
  const width = Math.max(6, ...names.map((name) => name.length));
  const lines = columns.map((column, i) => {
    const name = (names[i] as string).padEnd(width);
    return `${name}  ${column.type.padEnd(8)}  ${detailOf(column)}`.trimEnd();
  });
  return [`${'column'.padEnd(width)}  type`, ...lines].join('\n');
}

function detailOf(column: TableColumn): string {
  switch (column.type) {
    case 'number':
      return column.transform ?? '';
    case 'date':
      return column.parts.join(', ');
    case 'ignore':
      return column.why;
    default: {
      const { values, other } = column;
      const shown = values.slice(0, 8).map((value) => printable(String(value)));
      const more = values.length > 8 ? `, ... (${values.length})` : '';
      return `${shown.join(', ')}${more}${other ? ` and ${other} rare ones` : ''}`;
    }
  }
}

/** The names, or else the numbers, of the columns that the model was trained on. */
function columnsText({ names, numbers, of }: ColumnsOption): string {
  const shown = names ? names.map((name) => printable(name)).join(', ') : ranges(numbers ?? []);
  return `${printable(shown, 200)}${of === undefined ? '' : ` (${ranges(numbers ?? [])} of ${of})`}`;
}

function trainingText(progress: Progress | undefined): string {
  if (!progress) return 'none, or saved without it';
  const { steps, epochs, run } = progress;
  const last =
    run.epochs === epochs ? '' : `; ${run.epochs.toLocaleString('en')} of them in the last run`;
  const best = run.best
    ? `; best epoch ${run.best.epoch}, loss ${run.best.loss.toPrecision(4)}`
    : '';
  return `${count(epochs, 'epoch')}, ${count(steps, 'step')}${last}${best}`;
}
