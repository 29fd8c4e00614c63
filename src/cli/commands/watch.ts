import { printable } from '../../base/printable.js';
import type { SeriesDetector } from '../../series.js';
import type { Input } from '../byte-input.js';
import type { Command } from '../command.js';
import { COMMON, THREADS } from '../common-flags.js';
import { DataError, UsageError } from '../errors.js';
import { type Arguments, number, text } from '../flags.js';
import { fileName, openInput } from '../input.js';
import { exitCode, onInterrupt } from '../interrupt.js';
import { loadDetector, timeOf } from '../series.js';
import { print } from '../standard-output.js';
import { listedColumns } from '../tables/column-list.js';
import { cellsOf, cellText } from '../tables/csv-cells.js';
import { count } from '../text.js';

export const watch: Command = {
  name: 'watch',
  summary: 'watch a live series for anomalies',
  operand: 'DATA',
  about:
    'Reads a live series line by line (CSV or JSON, one moment per line) from a file, a pipe or standard input\n(-), and prints when an anomaly begins and ends. The model is from anomalies --series --save. For example:\ntail -f metrics.csv | autoencoder-wasm watch -m metrics.safetensors -',
  groups: [
    [
      'Model',
      [
        {
          name: 'model',
          short: 'm',
          value: 'FILE',
          help: 'model file, from anomalies --series --save (required)',
        },
        THREADS,
      ],
    ],
    [
      'Data',
      [
        {
          name: 'time',
          value: 'COLUMN',
          help: 'column of times, by name or number (default: the first column that is not a number)',
        },
        {
          name: 'columns',
          value: 'LIST',
          help: "columns of the model's channels, by name or number (default: by name, or all numbers in order)",
        },
      ],
    ],
    ['Messages', COMMON],
  ],
  examples: ['cat metrics.csv | autoencoder-wasm watch -m metrics.safetensors -'],
  run,
};

/** The maximum number of warnings. A log that is not a table would give one per line. */
const MOST_WARNINGS = 10;

async function run(args: Arguments, operands: readonly string[]): Promise<void> {
  const model = text(args, 'model');
  if (model === undefined) {
    throw new UsageError('--model is missing: give a file written by anomalies --series --save');
  }
  if (operands.length > 1) throw new UsageError('one DATA is expected by watch');
  const threads = number(args, 'threads');
  const detector = await loadDetector(model, threads === undefined ? {} : { threads });
  const path = operands[0] as string;
  const input = await openInput(path);
  const watcher = new Watcher(detector, fileName(path), args);
  const start = performance.now();
  const sayHowMany = () => {
    if (args.flags.quiet || args.flags.json) return;
    const seconds = (performance.now() - start) / 1000;
    const rate = Math.round(watcher.rows / Math.max(seconds, 1e-3)).toLocaleString('en');
    process.stderr.write(
      `${count(watcher.rows, 'row')} in ${seconds.toFixed(1)} s, ${rate} a second: ${count(watcher.alarms, 'alarm')}\n`,
    );
  };
  // On a signal, end at once, even while reading standard input.
  onInterrupt((signal) => {
    sayHowMany();
    process.exit(exitCode(signal));
  });
  for await (const lines of linesOf(input)) {
    let alarms = '';
    for (const line of lines) alarms += watcher.take(line);
    if (alarms !== '') await print(alarms); // before reading more, so that output does not pile up
  }
  sayHowMany();
}

/** Complete lines, in groups as they arrive. */
async function* linesOf(input: Input): AsyncGenerator<string[]> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of input.rest()) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() as string;
    if (lines.length > 0) yield lines;
  }
  if (rest !== '') yield [rest];
}

/** The columns of the channels, and of the time, if there is one. */
interface Places {
  readonly channels: readonly number[];
  readonly time: number | undefined;
}

/** Processes a line of the series and returns the text to print. */
class Watcher {
  rows = 0;
  alarms = 0;
  readonly #detector: SeriesDetector;
  readonly #file: string;
  readonly #args: Arguments;
  #line = 0;
  #warnings = 0;
  #head: string | undefined;
  #delimiter = ',';
  /** The columns of the channels, and of the time, if there is one. */
  #places: Places | undefined;
  #width = 0;
  /** The first row of the current anomaly, and its last anomalous row so far. */
  #since: number | undefined;
  #last = 0;

  constructor(detector: SeriesDetector, file: string, args: Arguments) {
    this.#detector = detector;
    this.#file = file;
    this.#args = args;
  }

  take(raw: string): string {
    this.#line++;
    const line = raw.trim();
    if (line === '' || line === this.#head) return '';
    const moment = line.startsWith('{') ? this.#object(line) : this.#record(line);
    if (!moment) return '';
    this.rows++;
    const { values, time, when } = moment;
    const names = this.#detector.channels;
    const pushed = names
      ? {
          ...(time !== undefined && { time }),
          ...Object.fromEntries(names.map((name, i) => [name, values[i]])),
        }
      : values.length === 1
        ? (values[0] as number)
        : values;
    try {
      const result = this.#detector.push(pushed as never);
      return result ? this.#say(result, values, when) : '';
    } catch (error) {
      this.rows--;
      return this.#warn((error as Error).message);
    }
  }

  #say(
    { score, isAnomaly, expected }: NonNullable<ReturnType<SeriesDetector['push']>>,
    values: readonly number[],
    when: string | undefined,
  ): string {
    const since = this.#since;
    if (isAnomaly) this.#last = this.rows;
    if (isAnomaly === (since !== undefined)) return '';
    // Anomalies less than half a window apart are merged, as in `anomalies`.
    if (!isAnomaly && this.rows - this.#last <= (this.#detector.window as number) >> 1) return '';
    this.#since = isAnomaly ? this.rows : undefined;
    if (isAnomaly) this.alarms++;
    const event = isAnomaly ? 'start' : 'end';
    const wanted = typeof expected === 'number' ? [expected] : Object.values(expected);
    const short = (value: number) => Number(value.toPrecision(6));
    if (this.#args.flags.json) {
      const place = { row: this.rows, ...(when !== undefined && { time: when }) };
      const value = values.map((value) => (Number.isNaN(value) ? null : value));
      return `${JSON.stringify({ event, ...place, score: short(score), value, expected: wanted.map(short) })}\n`;
    }
    const place = when === undefined ? `row ${this.rows}` : printable(when, 40);
    if (!isAnomaly)
      return `${place}  usual again; odd were ${count(this.#last - (since as number) + 1, 'moment')}\n`;
    const names = this.#detector.channels;
    const channels = values.map(
      (value, i) =>
        `${names ? printable(names[i] as string, 40) : `channel ${i + 1}`} ${short(value)}, expected ${short(wanted[i] as number)}`,
    );
    return `${place}  odd: score ${short(score)}; ${channels.slice(0, 5).join('; ')}\n`;
  }

  #object(line: string) {
    try {
      const all = JSON.parse(line) as Record<string, unknown>;
      const names =
        this.#detector.channels ?? Object.keys(all).filter((name) => name !== this.#timeName);
      const time = all[this.#timeName];
      const values = names.map((name) => {
        const value = all[name];
        if (typeof value === 'number') return value;
        if (value !== null && value !== undefined) this.#warn(`${name} is not a number`);
        return Number.NaN;
      });
      return this.#timed(values, time === undefined ? undefined : String(time));
    } catch {
      this.#warn('it is not JSON');
      return undefined;
    }
  }

  get #timeName(): string {
    return text(this.#args, 'time') ?? 'time';
  }

  #record(line: string) {
    const bytes = Buffer.from(line);
    if (!this.#places) {
      const found = ['\t', ';', '|'].find((character) => line.includes(character));
      this.#delimiter = found ?? ',';
    }
    let cells: string[];
    try {
      cells = cellsOf(bytes, this.#delimiter.charCodeAt(0)).map((cell) => cellText(bytes, cell));
    } catch (error) {
      this.#warn((error as Error).message);
      return undefined;
    }
    if (!this.#places) {
      this.#width = cells.length;
      if (this.#findPlaces(cells)) {
        this.#head = line;
        return undefined;
      }
    }
    const { channels, time } = this.#places as Places;
    if (cells.length !== this.#width) {
      this.#warn(
        `it has ${cells.length} cells, but the first line has ${this.#width}; the line is skipped`,
      );
      return undefined;
    }
    const values = channels.map((index) => {
      const cell = cells[index] as string;
      const value = numberIn(cell);
      if (Number.isNaN(value) && !MISSING.test(cell)) {
        this.#warn(`'${printable(cell, 40)}' is not a number; it is treated as missing`);
      }
      return value;
    });
    return this.#timed(values, time === undefined ? undefined : cells[time]);
  }

  #timed(values: number[], when: string | undefined) {
    const time = when === undefined ? undefined : timeOf(when);
    if (when !== undefined && time === undefined) {
      this.#warn(`'${printable(when, 40)}' is not a time; the line is skipped`);
      return undefined;
    }
    return { values, time, when };
  }

  /** Finds the columns by the first line. Returns whether that is a header. */
  #findPlaces(cells: readonly string[]): boolean {
    const learned = this.#detector.channels;
    const [spec, timeSpec] = [text(this.#args, 'columns'), text(this.#args, 'time')];
    const isHead = cells.every(
      (cell) => Number.isNaN(numberIn(cell)) && timeOf(cell) === undefined,
    );
    const names = isHead ? cells : undefined;
    const at = (list: string, flag: string) =>
      listedColumns(this.#file, list, names, cells.length, flag);
    let time = timeSpec === undefined ? undefined : at(timeSpec, '--time')[0];
    let channels: number[] | undefined = spec === undefined ? undefined : at(spec, '--columns');
    if (names && !channels && learned) {
      channels = learned.map((name) => {
        const index = names.indexOf(name);
        if (index >= 0) return index;
        throw new DataError(
          this.#file,
          `it has no column '${printable(name)}', which the model learned from`,
        );
      });
    }
    const others = [...cells.keys()].filter((index) => index !== time);
    // Without a header, the numbers are channels, and the first other cell that is a time is the time.
    if (!names) {
      channels ??= others.filter((index) => !Number.isNaN(numberIn(cells[index] as string)));
      time ??= others.find(
        (index) => !channels?.includes(index) && timeOf(cells[index] as string) !== undefined,
      );
    } else {
      time ??= others.find(
        (index) => TIMES.test(names[index] as string) && !channels?.includes(index),
      );
      channels ??= others.filter((index) => index !== time);
    }
    const wanted = learned?.length;
    if (wanted !== undefined && channels.length !== wanted) {
      throw new DataError(
        this.#file,
        `its first line has ${count(channels.length, 'number')}, and the model ${count(wanted, 'channel')}: choose with --columns`,
      );
    }
    this.#places = { channels, time };
    return isHead;
  }

  #warn(problem: string): '' {
    if (this.#warnings++ < MOST_WARNINGS && !this.#args.flags.quiet) {
      process.stderr.write(`${this.#file}, line ${this.#line}: ${problem}\n`);
    }
    return '';
  }
}

const TIMES = /^(time|timestamp|date|datetime|ts|ds)$/i;
const MISSING = /^(|na|n\/a|nan|null|none|-|\?)$/i;

function numberIn(cell: string): number {
  return cell.trim() === '' ? Number.NaN : Number(cell);
}
