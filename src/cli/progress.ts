import type { BatchRecord, EpochRecord } from '../index.js';
import { seconds } from './text.js';

/** Shows the progress of a training. */
export interface Progress {
  batchDone(record: BatchRecord): void;
  epochDone(record: EpochRecord): void;
  /** Prints a line above the bar. */
  note(line: string): void;
  /** Clears the bar, so that other messages can follow. */
  stop(): void;
}

const BAR_WIDTH = 20;

/** A bar on a terminal, lines elsewhere. Both go to standard error, so that results can be piped. */
export function showProgress(epochs: number): Progress {
  return process.stderr.isTTY ? bar(epochs) : lines(epochs, (text) => process.stderr.write(text));
}

function bar(epochs: number): Progress {
  const start = performance.now();
  let first: number | undefined; // the number of this run's first epoch
  let numbers = '';
  const show = (epoch: number, share: number) => {
    first ??= epoch;
    const done = epoch - 1 + share;
    const pace = (performance.now() - start) / 1000 / (done - first + 1);
    const left = seconds(pace * (epochs - done));
    const filled = Math.floor((BAR_WIDTH * done) / epochs);
    const line = `[${'='.repeat(filled).padEnd(BAR_WIDTH)}] ${epoch}/${epochs}, ${left} left${numbers}`;
    // Cut to the terminal's width, since a line that wraps cannot be overwritten. \x1b[K clears the rest of
    // the line.
    process.stderr.write(`\r${line.slice(0, (process.stderr.columns || 80) - 1)}\x1b[K`);
  };
  return {
    batchDone: ({ epoch, batch, batches }) => show(epoch, batch / (batches ?? batch)),
    epochDone(record) {
      numbers = `, ${numbersOf(record)}`;
      show(record.epoch, 1);
    },
    note: (line) => process.stderr.write(`\r\x1b[K${line}\n`),
    stop: () => process.stderr.write('\n'),
  };
}

/** The minimum pause between lines in milliseconds, to keep logs short. */
const PAUSE = 1000;

/** Lines for the first epoch, for the last one, and for others at most one a second. */
export function lines(
  epochs: number,
  write: (text: string) => void,
  now = () => performance.now(),
): Progress {
  let last = Number.NEGATIVE_INFINITY;
  let waiting: EpochRecord | undefined;
  const show = (record: EpochRecord) => {
    const epoch = String(record.epoch).padStart(String(epochs).length);
    write(`epoch ${epoch}/${epochs}  ${numbersOf(record)}\n`);
    waiting = undefined;
  };
  return {
    batchDone() {},
    epochDone(record) {
      waiting = record;
      const time = now();
      if (time - last < PAUSE) return;
      last = time;
      show(record);
    },
    note: (line) => write(`${line}\n`),
    stop() {
      if (waiting) show(waiting);
    },
  };
}

function numbersOf({ loss, validationLoss, samplesPerSecond }: EpochRecord): string {
  const validation =
    validationLoss === undefined ? '' : `, validation ${validationLoss.toPrecision(4)}`;
  const speed = Math.round(samplesPerSecond).toLocaleString('en');
  return `loss ${loss.toPrecision(4)}${validation}, ${speed} samples/s`;
}
