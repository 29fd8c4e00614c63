import { parseArgs } from 'node:util';
import type { Mention, Wording } from '../base/wording.js';
import { closest } from '../model/checks.js';
import { UsageError } from './errors.js';

/** A flag of the command line. Without a `value` it is a switch. */
export interface Flag {
  name: string;
  short?: string;
  /** The placeholder of its value in the help. */
  value?: string;
  /** Whether its value may be omitted. A value must then be given with an equals sign. */
  optional?: true;
  /** The words that its value can be, if it is one of a fixed list. */
  choices?: readonly string[];
  help: string;
  /** The library's option that the command makes of it, if the two have different forms. */
  option?: string;
  /** The library's option that it sets directly, and how its value is parsed. */
  sets?: {
    options: 'model' | 'fit';
    name: string;
    as: 'number' | 'numbers' | 'text' | 'on' | 'off';
  };
}

/** A parsed command line: flags by name, and the other arguments. */
export interface Arguments {
  flags: Readonly<Record<string, string | true | undefined>>;
  operands: readonly string[];
}

const isNumber = (text: string) => text.trim() !== '' && Number.isFinite(Number(text));

/** Parses a command line with these flags, each of which may occur at most once. */
export function readArguments(args: readonly string[], known: readonly Flag[]): Arguments {
  const options = Object.fromEntries(
    known.map(({ name, short, value, optional }) => [
      name,
      { type: value && !optional ? 'string' : 'boolean', ...(short ? { short } : {}) } as const,
    ]),
  );
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  const flags: Record<string, string | true> = {};
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind !== 'option') continue;
    const flag = known.find(({ name }) => name === token.name);
    if (!flag) throw new UsageError(unknownFlag(token.rawName, known));
    const { value } = token;
    if (!flag.value && value !== undefined) {
      throw new UsageError(`${token.rawName} takes no value, got '${value}'`);
    }
    const isFlag = value?.startsWith('-') && value !== '-' && !isNumber(value);
    const isBare = flag.optional && value === undefined;
    if (flag.value && !isBare && (!value || (isFlag && !token.inlineValue))) {
      const got = value ? `, got '${value}'` : '';
      throw new UsageError(`${token.rawName} needs a value (${flag.value})${got}`);
    }
    if (flags[flag.name] !== undefined) throw new UsageError(`${token.rawName} is given twice`);
    flags[flag.name] = value ?? true;
  }
  return { flags, operands };
}

function unknownFlag(given: string, known: readonly Flag[]): string {
  const names = known.map(({ name }) => name);
  const best = given.startsWith('--') ? `; did you mean --${closest(given.slice(2), names)}?` : '';
  return `there is no flag ${given}${best}`;
}

/** The text of a flag's value, or undefined if the flag is absent. */
export function text({ flags }: Arguments, name: string): string | undefined {
  const value = flags[name];
  return value === true ? undefined : value;
}

/** The number that is a flag's value, or undefined if the flag is absent. */
export function number(args: Arguments, name: string): number | undefined {
  const value = text(args, name);
  if (value === undefined) return undefined;
  if (isNumber(value)) return Number(value);
  throw new UsageError(`--${name} must be a number, got '${value}'`);
}

/** A flag's value, checked against its choices. */
export function choice<T extends string>(
  args: Arguments,
  name: string,
  allowed: readonly T[],
): T | undefined {
  const value = text(args, name);
  if (value === undefined || (allowed as readonly string[]).includes(value)) {
    return value as T | undefined;
  }
  const hint = `did you mean ${closest(value, allowed)}?`;
  throw new UsageError(`--${name} must be one of ${allowed.join(', ')}, got '${value}'; ${hint}`);
}

/** The options of the library that the flags set. */
export function libraryOptions(
  args: Arguments,
  known: readonly Flag[],
  options: 'model' | 'fit',
): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const { name, sets } of known) {
    if (sets?.options !== options || args.flags[name] === undefined) continue;
    const path = sets.name.split('.');
    const last = path.pop() as string;
    let target = found;
    for (const step of path) {
      target[step] ??= {};
      target = target[step] as Record<string, unknown>;
    }
    target[last] = optionValue(args, name, sets.as);
  }
  return found;
}

function optionValue(
  args: Arguments,
  name: string,
  as: 'number' | 'numbers' | 'text' | 'on' | 'off',
) {
  switch (as) {
    case 'number':
      return number(args, name);
    case 'numbers': {
      const parts = (text(args, name) as string).split(',');
      if (parts.every(isNumber)) return parts.map(Number);
      throw new UsageError(`--${name} must be numbers separated by commas, got '${parts.join()}'`);
    }
    case 'text':
      return text(args, name);
    default:
      return as === 'on';
  }
}

/** Runs a check of the library's options, and reports its errors in terms of flags. */
export function asUsage<T>(check: () => T, known: readonly Flag[]): T {
  try {
    return check();
  } catch (error) {
    const { wording } = error as { wording?: Wording };
    throw wording ? new UsageError(inFlags(wording, known)) : error;
  }
}

/** A message of the library, with flags in place of the options that have one. */
export function inFlags(wording: Wording, known: readonly Flag[]): string {
  const words = wording.map((part) => {
    if (typeof part === 'string') return part;
    if ('shown' in part) return part.got === undefined ? ', and is missing' : `, got ${part.shown}`;
    const flag = flagFor(part, known);
    if (!flag) return part.option === 'x' ? 'DATA' : part.words;
    const { index, value } = part;
    const element = index === undefined ? '' : `[${index}]`;
    return `--${flag.name}${element}${value === undefined ? '' : ` ${value}`}`;
  });
  return words.join('');
}

/** The flag of an option, if it has one. */
export function flagFor({ option }: Mention, known: readonly Flag[]): Flag | undefined {
  return known.find((flag) => (flag.sets?.name ?? flag.option) === option);
}
