// `anomalies --series`: reads the rows of a table as moments of a series, and finds anomalies.

import type { Anomaly, SeriesDetector } from '../series.js';
import { readOptions } from './data-flags.js';
import { DataError, fileError, UsageError } from './errors.js';
import { type Arguments, type Flag, number, text } from './flags.js';
import { openInput } from './input.js';
import { writeTo } from './output.js';
import { requireOthers } from './same-file.js';
import { cellsOf, cellText, csvCell } from './tables/csv-cells.js';
import { namesOf, openTables } from './tables/open-tables.js';
import type { Original } from './tables/original.js';
import { Selection } from './tables/selection.js';
import { count, seconds } from './text.js';

export const SERIES_FLAGS: Flag[] = [
  {
    name: 'series',
    help: 'treat the rows of DATA as a time series and find anomalous intervals',
  },
  {
    name: 'time',
    value: 'COLUMN',
    help: 'with --series: the column of times, by name or number (default: a column named time, timestamp, date, datetime, ts or ds)',
  },
  {
    name: 'window',
    value: 'N',
    help: 'with --series: window length in moments (default: chosen from the period)',
  },
];

/** Columns with these names hold times, unless --time says otherwise. */
const TIME_NAMES = ['time', 'timestamp', 'date', 'datetime', 'ts', 'ds'];

/** A moment, with the text of its time. */
interface Moment {
  readonly time?: number;
  readonly [channel: string]: number | undefined;
}

/** Flags for rows that have no meaning for a series. */
const OF_ROWS = ['type', 'threshold', 'contamination', 'all', 'top', 'keep', 'fast-math'];

export async function runSeries(args: Arguments, operands: readonly string[]): Promise<void> {
  for (const name of OF_ROWS) {
    if (args.flags[name] === undefined) continue;
    throw new UsageError(`--${name} cannot be used with --series`);
  }
  const window = number(args, 'window');
  const path = text(args, 'output') ?? '-';
  const save = text(args, 'save');
  const isJson = !!args.flags.json || text(args, 'output-format') === 'jsonl';
  const model = text(args, 'model');
  if (model !== undefined && (window !== undefined || save !== undefined)) {
    throw new UsageError(
      `--${save ? 'save' : 'window'} cannot be used with --model, which is already trained`,
    );
  }
  requireOthers(
    [
      { by: '--output', path },
      { by: '--save', path: save },
    ],
    [...operands.map((path) => ({ by: 'DATA', path })), { by: '--model', path: model }],
  );
  const seed = number(args, 'seed') ?? 0;
  const { SeriesDetector } = await import('../series.js');
  const threads = number(args, 'threads');
  const machine = { ...(threads !== undefined && { threads }) };
  const known = model === undefined ? undefined : await loadDetector(model, machine);
  let detector = known;
  if (!detector) {
    try {
      detector = new SeriesDetector({ ...machine, seed, ...(window !== undefined && { window }) });
    } catch (error) {
      throw new UsageError(`--${(error as Error).message}`);
    }
  }
  const { moments, texts, names } = await readMoments(args, operands, known?.channels);
  const start = performance.now();
  const said = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error) => {
      if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
      throw new DataError(namesOf(operands), error.message.replace(/^series must/, 'it must'));
    });
  if (!known) await said(detector.fit(moments));
  const found = await said(detector.anomalies(moments));
  const took = (performance.now() - start) / 1000;
  if (save !== undefined) {
    const bytes = detector.save();
    await writeTo(save, (output) => output.write(bytes));
  }
  await writeTo(path, async (output) => {
    if (!isJson) await output.write(Buffer.from(`${HEADER.join(',')}\n`));
    for (const anomaly of found) {
      await output.write(
        Buffer.from(isJson ? asJson(anomaly, texts, names) : asCsv(anomaly, texts, names)),
      );
    }
  });
  if (args.flags.quiet || args.flags.json) return;
  const how = known ? '' : `, learned in ${seconds(took)}`;
  process.stderr.write(
    `${found.length === 1 ? '1 stretch' : `${found.length} stretches`} of ${count(moments.length, 'moment')}: score above ` +
      `${Number((detector.threshold as number).toPrecision(4))}, windows of ${detector.window}${how}\n`,
  );
}

/** Loads a detector from a file. */
export async function loadDetector(path: string, options = {}): Promise<SeriesDetector> {
  const { detectorIn } = await import('../series/detector.js');
  const { readStoredFile } = await import('../files/stored-file.js');
  try {
    return detectorIn((await readStoredFile(path)).stored, options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== undefined) throw fileError(path, error);
    const message = (error as Error).message
      .replace(/^bytes is /, 'it is ')
      .replace(': load it with Autoencoder.load', '; anomalies --series --save makes one');
    throw new DataError(path, message);
  }
}

/** Reads all rows as moments, and the original texts of their times, by milliseconds. */
async function readMoments(
  args: Arguments,
  paths: readonly string[],
  channels: readonly string[] | undefined,
) {
  const reading = readOptions(args);
  const time = text(args, 'time') ?? (await timeColumn(paths[0] as string));
  const learned = channels && { names: [...channels] };
  const columns = new Selection(reading.columns, learned, undefined, time);
  const options = { ...reading, columns, missing: true, originals: time !== undefined };
  const reader = await openTables(paths, options, undefined, '');
  const names = reader.columns;
  const keys = channels ?? names ?? Array.from({ length: reader.width }, (_, i) => `${i + 1}`);
  const texts = new Map<number, string>();
  const moments: Moment[] = [];
  for await (const batch of reader.batches()) {
    const { originals = [], kept = [] } = batch;
    const original = batch.original as Original;
    for (let r = 0; r < batch.rows; r++) {
      const moment: Record<string, number> = {};
      if (time !== undefined) {
        const cell = original.cells(originals[r] as Buffer)[kept[0] as number] as string;
        const ms = timeOf(cell);
        if (ms === undefined) {
          const problem = `'${cell}' is not a time, such as 2026-01-31 12:00 or seconds since 1970`;
          throw new DataError(namesOf(paths), problem, reader.placeOf(moments.length, undefined));
        }
        moment.time = ms;
        if (!texts.has(ms)) texts.set(ms, cell);
      }
      for (const [c, key] of keys.entries()) {
        const value = batch.data[r * reader.width + c] as number;
        moment[key] = batch.data instanceof Uint8Array ? value / 255 : value;
      }
      moments.push(moment);
    }
  }
  return { moments, texts, names };
}

/** The name of the time column of a CSV file with a header, if one can be recognised. */
async function timeColumn(path: string): Promise<string | undefined> {
  if (path === '-') return undefined;
  const input = await openInput(path);
  try {
    const head = await input.peek(1 << 12);
    const end = head.indexOf(10);
    const line = head.subarray(0, end < 0 ? head.length : end);
    const delimiter = [9, 59, 124].find((byte) => line.includes(byte)) ?? 44;
    const cells = cellsOf(line, delimiter).map((cell) => cellText(line, cell));
    return cells.find((cell) => TIME_NAMES.includes(cell.toLowerCase()));
  } catch {
    return undefined; // reading it gives the error
  } finally {
    await input.close();
  }
}

/** A time in milliseconds since 1970. Numbers below 1e11 are taken as seconds. */
export function timeOf(cell: string): number | undefined {
  const trimmed = cell.trim();
  if (/^-?\d+(\.\d+)?$/.test(trimmed)) {
    const number = Number(trimmed);
    return Math.abs(number) < 1e11 ? 1000 * number : number;
  }
  if (!/^\d/.test(trimmed)) return undefined; // Date reads 'cpu 1' as a day
  const iso = trimmed.replace(/^(\d{4}-\d\d-\d\d) /, '$1T');
  const ms = Date.parse(/T\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(iso) ? `${iso}Z` : iso);
  return Number.isFinite(ms) ? ms : undefined;
}

const HEADER = [
  'start',
  'end',
  'peak',
  'score',
  'probability',
  'channel',
  'value',
  'expected',
] as const;

/** The time of a moment as the file has it, or its row, counted from 1. */
function whenOf(at: Anomaly['start'], texts: ReadonlyMap<number, string>): string | number {
  return texts.get(at as number) ?? (at as number) + 1;
}

function shown(anomaly: Anomaly, texts: ReadonlyMap<number, string>, names: unknown) {
  const { score, probability, channel, value, expected } = anomaly;
  const short = (number: number) => Number(number.toPrecision(6));
  return {
    start: whenOf(anomaly.start, texts),
    end: whenOf(anomaly.end, texts),
    peak: whenOf(anomaly.peak, texts),
    score: short(score),
    probability: short(probability),
    channel: names === undefined ? Number(channel) : channel,
    value: short(value),
    expected: short(expected),
  };
}

function asJson(anomaly: Anomaly, texts: ReadonlyMap<number, string>, names: unknown): string {
  return `${JSON.stringify(shown(anomaly, texts, names))}\n`;
}

function asCsv(anomaly: Anomaly, texts: ReadonlyMap<number, string>, names: unknown): string {
  const cells = shown(anomaly, texts, names);
  return `${HEADER.map((name) => csvCell(String(cells[name]), ',')).join(',')}\n`;
}
