// Flags that set options of the library. Their kinds, ranges and defaults, which their help quotes, come
// from the rows of the option table.

import { OPTIMIZERS } from '../model/kinds.js';
import { FIT_OPTIONS, FIT_PARTS, MODEL_OPTIONS, type OptionRow } from '../model/option-table.js';
import type { Flag } from './flags.js';

/**
 * The flag of an option, or of one of its parts, such as `schedule.warmup`. In its help, {of} is replaced
 * by the words that it can be, and {default} by its default. The flag of a boolean sets it to the opposite
 * of its default.
 */
export function flagOf(
  options: 'model' | 'fit',
  option: string,
  help: string,
  name: string = option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
): Flag {
  const row = rowOf(options, option);
  const sets = (as: NonNullable<Flag['sets']>['as']) => ({ options, name: option, as });
  if (row.kind === 'boolean') return { name, help, sets: sets(row.default ? 'off' : 'on') };
  const preset = row.default ?? PRESETS[option];
  const text = help.replace('{default}', `${preset}`);
  if (row.kind === 'choice') {
    const [last, ...others] = [...row.of].reverse();
    const list = `${others.reverse().join(', ')} or ${last}`;
    return {
      name,
      value: 'NAME',
      choices: row.of,
      help: text.replace('{of}', list),
      sets: sets('text'),
    };
  }
  return { name, value: row.kind === 'integer' ? 'N' : 'X', help: text, sets: sets('number') };
}

/** The values of parts that apply if only other parts are given. */
const PRESETS: Readonly<Record<string, unknown>> = {
  'schedule.type': FIT_OPTIONS.schedule.default,
};

/** The help quotes the optimiser's own default. */
export const SGD_RATE: number = OPTIMIZERS.sgd.learningRate;

function rowOf(options: 'model' | 'fit', option: string): OptionRow {
  const [name = '', part] = option.split('.');
  const table: Record<string, OptionRow> = options === 'model' ? MODEL_OPTIONS : FIT_OPTIONS;
  const parts: Record<string, Record<string, OptionRow>> = FIT_PARTS;
  const row = part === undefined ? table[name] : parts[name]?.[part];
  if (!row) throw new Error(`there is no option ${option} for a flag`);
  return row;
}
