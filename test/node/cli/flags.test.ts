// Each option of the library has a flag of the command line, and errors about the option name the flag.

import { describe, expect, test } from 'vitest';
import { DivergenceError } from '../../../src/base/errors.js';
import { errorOf, mention, worded } from '../../../src/base/wording.js';
import { flagsOf } from '../../../src/cli/command.js';
import { anomalies } from '../../../src/cli/commands/anomalies.js';
import { train } from '../../../src/cli/commands/train.js';
import { asUsage, flagFor, inFlags } from '../../../src/cli/flags.js';
import { withRowsOf } from '../../../src/cli/translate.js';
import { checkExplainOptions, checkThresholdOptions } from '../../../src/model/method-options.js';
import {
  FIT_OPTIONS,
  FIT_PARTS,
  MODEL_OPTIONS,
  namesOf,
  type OptionRow,
} from '../../../src/model/option-table.js';
import { checkModelOptions } from '../../../src/model/options.js';
import { checkFitOptions } from '../../../src/training/fit-options.js';

const flags = flagsOf(train);

/** Options without a flag, with the reason. */
const NO_FLAG: Readonly<Record<string, string>> = {
  workerUrl: 'Node starts workers from the library itself',
  columns: '--columns chooses among those of the file',
  categories: 'tables have them, and decide on them: autoencoder-wasm/table',
  columnWeights: 'numbers for each column, which tables decide on: autoencoder-wasm/table',
  reset: 'a command begins anew, unless --resume is given',
  rows: '--stream counts them itself',
  onEpochEnd: 'no callback can be said on a command line',
  onBatchEnd: 'no callback can be said on a command line',
  signal: 'Ctrl-C is one',
  'checkpoint.onSave': 'no callback can be said on a command line',
};

/** All options of the table, with the fields of those that are objects. */
const ALL: [name: string, row: OptionRow][] = [
  ...Object.entries<OptionRow>(MODEL_OPTIONS),
  ...Object.entries<OptionRow>(FIT_OPTIONS).filter(([name]) => !(name in FIT_PARTS)),
  ...namesOf(FIT_PARTS).flatMap((name) =>
    Object.entries<OptionRow>(FIT_PARTS[name]).map(([part, row]): [string, OptionRow] => [
      `${name}.${part}`,
      row,
    ]),
  ),
];

describe('every option has a flag, or a reason to have none', () => {
  test.each(ALL)('%s', (name) => {
    const flag = flagFor(mention(name), flags);
    expect([name, flag !== undefined]).toEqual([name, !(name in NO_FLAG)]);
  });

  test('there are no reasons for options that no longer exist', () => {
    const names = ALL.map(([name]) => name);
    expect(Object.keys(NO_FLAG).filter((name) => !names.includes(name))).toEqual([]);
  });

  test('no flag sets an option that does not exist', () => {
    const names = ALL.map(([name]) => name);
    const set = flags.flatMap(({ sets, option }) => sets?.name ?? option ?? []);
    expect(set.filter((name) => !names.includes(name))).toEqual(['contamination']);
  });
});

const model = { outputActivation: 'sigmoid', codeActivation: 'sigmoid', scale: 'none' } as const;
const defaults = { seed: () => 0, threads: () => 1 };

/** Checks options with this value for one of them. */
function check(name: string, value: unknown): unknown {
  const [option = '', part] = name.split('.');
  if (option in MODEL_OPTIONS) {
    return checkModelOptions({ layers: [2, 1], [option]: value }, defaults);
  }
  const whole: Record<string, object> = {
    schedule: { type: 'step' },
    noise: { type: 'mask', amount: 0.1 },
    sparsity: { type: 'kl', weight: 0.1 },
    checkpoint: { onSave() {} },
  };
  const given = part === undefined ? value : { ...whole[option], [part]: value };
  return checkFitOptions({ [option]: given }, model);
}

/** The message that the command line prints for an error. */
function said(work: () => unknown, known = flags): string {
  try {
    asUsage(work, known);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('it was right');
}

describe('a wrong value is reported for the flag', () => {
  const checked = ALL.filter(([name, row]) => row.kind !== 'own' && !(name in NO_FLAG));
  test.each(checked)('%s', (name, row) => {
    const { name: flag } = flagFor(mention(name), flags) as { name: string };
    const wrong = row.kind === 'choice' ? 'rellu' : row.kind === 'boolean' ? 7 : -1;
    const message = said(() => check(name, wrong));
    expect(message).toMatch(new RegExp(`^--${flag} must be .*, got '?${wrong}`));
  });

  test.each<[string, () => unknown]>([
    ['--layers[1] must be a positive integer', () => check('layers', [2, 0])],
    ['--layers must have at least 2 widths', () => check('layers', [2])],
    ['--layers cannot be combined with --code and --hidden, got both', () => check('code', 2)],
    [
      "--loss bce needs data in [0, 1], and so the model's --scale to be",
      () => checkFitOptions({ loss: 'bce' }, { ...model, scale: 'standard' }),
    ],
    [
      "--loss bce needs the model's --output-activation to be",
      () => checkFitOptions({ loss: 'bce' }, { ...model, outputActivation: 'linear' }),
    ],
    [
      "--sparsity kl needs the model's --code-activation to be 'sigmoid', got 'relu'",
      () =>
        checkFitOptions(
          { sparsity: { type: 'kl', weight: 1 } },
          { ...model, codeActivation: 'relu' },
        ),
    ],
    [
      "--sparsity-target is for --sparsity kl, got 'l1'",
      () => checkFitOptions({ sparsity: { type: 'l1', weight: 1, target: 0.1 } }, model),
    ],
    [
      "--step-every and --step-factor are for --schedule step, got 'cosine'",
      () => checkFitOptions({ schedule: { type: 'cosine', every: 2 } }, model),
    ],
    [
      '--validation-split and --validation-data cannot be combined, got both',
      () => checkFitOptions({ validationSplit: 0.1, validationData: [] }, model),
    ],
    [
      '--noise-amount must be a number above 0 and at most 1, and is missing',
      () => checkFitOptions({ noise: { type: 'mask' } }, model),
    ],
    ['--noise must be one of ', () => checkFitOptions({ noise: { amount: 0.1 } }, model)],
    ['--contamination must be a number above 0', () => checkThresholdOptions({ contamination: 1 })],
  ])('within an option: %s', (message, work) => {
    expect(said(work).slice(0, message.length)).toBe(message);
  });

  test('for other commands, too', () => {
    const message = said(() => checkExplainOptions({ top: 0 }), flagsOf(anomalies));
    expect(message).toMatch(/^--top must be an integer from 1/);
  });
});

test('an error without an option is unchanged', () => {
  const bug = new TypeError('schedule is not a function');
  const fail = () => {
    throw bug;
  };
  expect(() => asUsage(fail, flags)).toThrow(bug);
});

describe('an error that occurs later', () => {
  const translated = (error: Error, names = flags) =>
    withRowsOf({ x: { paths: ['a.csv'], placeOf: () => ({}) } }, names, () => {
      throw error;
    }).catch((thrown) => thrown as Error);

  test('names the file, even if its text mentions options', async () => {
    const x = mention('x');
    const error = errorOf(RangeError, worded`${x} must have ${mention('batchSize')} rows`);
    expect((await translated(error)).message).toBe('a.csv: it must have --batch-size rows');
    expect(error.message).toBe('x must have batchSize rows');
  });

  test('names the flag if an option is the cause', async () => {
    const wording = worded`${mention('validationSplit')} 0.1 needs more rows of ${mention('x')}`;
    const error = await translated(errorOf(RangeError, wording));
    expect(error.message).toBe('--validation-split 0.1 needs more rows of DATA');
  });

  test('is unchanged if it does not mention options', async () => {
    const bug = new TypeError('x is not iterable');
    expect(await translated(bug)).toBe(bug);
    expect(bug.message).toBe('x is not iterable');
  });

  test('suggests flags instead of options if a run diverges', async () => {
    const error = await translated(new DivergenceError(3, 2, 0.1));
    expect(error.message).toMatch(/^fit diverged: the loss was not finite at epoch 3, step 2;/);
    expect(error.message).toContain('try --scale standard, or a --learning-rate below');
  });
});

test('a text without flags is unchanged', () => {
  const wording = worded`${mention('loss', 'bce')} needs ${mention('layers[1]')} above ${2}`;
  expect(inFlags(wording, [])).toBe("loss 'bce' needs layers[1] above 2");
  expect(inFlags(wording, flags)).toBe('--loss bce needs --layers[1] above 2');
});
