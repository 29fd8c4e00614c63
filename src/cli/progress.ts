import type { BatchRecord, EpochRecord } from '../index.js';
import { seconds } from './text.js';

/** Shows how far a training is. */
export interface Progress {
  batchDone(record: BatchRecord): void;
  epochDone(record: EpochRecord): void;
  /** Shows a line above it. */
  note(line: string): void;
  /** Makes place for other messages. */
  stop(): void;
}

const BAR_WIDTH = 20;

/** A bar on a terminal, lines elsewhere; on standard error, so that results can be piped. */
export function showProgress(epochs: number): Progress {
  return process.stderr.isTTY ? bar(epochs) : lines(epochs, (text) => process.stderr.write(text));
}

function bar(epochs: number): Progress {
  const start = performance.now();
  let first: number | undefined; // of the epochs of this run
  let numbers = '';
  const show = (epoch: number, share: number) => {
    first ??= epoch;
    const done = epoch - 1 + share;
    const pace = (performance.now() - start) / 1000 / (done - first + 1);
    const left = seconds(pace * (epochs - done));
    const filled = Math.floor((BAR_WIDTH * done) / epochs);
    const line = `[${'='.repeat(filled).padEnd(BAR_WIDTH)}] ${epoch}/${epochs}, ${left} left${numbers}`;
    // Cut to the terminal, since what wraps cannot be written over; \x1b[K clears what is left.
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

/** Keeps logs readable: at most one line in this many milliseconds, for the epoch that ends then. */
const PAUSE = 1000;

/** The first epoch's line, at most one a second, and the last epoch's. */
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
