import type { EpochRecord } from '../index.js';
import { seconds } from './text.js';

/** Shows how far a training is. */
export interface Progress {
  epochDone(record: EpochRecord): void;
  /** Makes place for other messages. */
  stop(): void;
}

const BAR_WIDTH = 20;

/** A bar on a terminal, a line an epoch elsewhere; on standard error, so that results can be piped. */
export function showProgress(epochs: number): Progress {
  return process.stderr.isTTY ? bar(epochs) : lines(epochs);
}

function bar(epochs: number): Progress {
  const start = performance.now();
  const show = (done: number, rest: string) => {
    const filled = Math.floor((BAR_WIDTH * done) / epochs);
    const line = `[${'='.repeat(filled).padEnd(BAR_WIDTH)}] ${done}/${epochs}${rest}`;
    // Cut to the terminal, since what wraps cannot be written over; \x1b[K clears what is left.
    process.stderr.write(`\r${line.slice(0, (process.stderr.columns || 80) - 1)}\x1b[K`);
  };
  show(0, '');
  return {
    epochDone(record) {
      const perEpoch = (performance.now() - start) / 1000 / record.epoch;
      const left = seconds(perEpoch * (epochs - record.epoch));
      show(record.epoch, `, ${left} left, ${numbers(record)}`);
    },
    stop: () => process.stderr.write('\n'),
  };
}

function lines(epochs: number): Progress {
  return {
    epochDone(record) {
      const epoch = String(record.epoch).padStart(String(epochs).length);
      process.stderr.write(`epoch ${epoch}/${epochs}  ${numbers(record)}\n`);
    },
    stop() {},
  };
}

function numbers({ loss, validationLoss, samplesPerSecond }: EpochRecord): string {
  const validation =
    validationLoss === undefined ? '' : `, validation ${validationLoss.toPrecision(4)}`;
  const speed = Math.round(samplesPerSecond).toLocaleString('en');
  return `loss ${loss.toPrecision(4)}${validation}, ${speed} samples/s`;
}
