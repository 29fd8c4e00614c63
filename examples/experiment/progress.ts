import { SingleBar } from 'cli-progress';
import type { EpochRecord } from '../../dist/index.js';

/** Shows the progress of a run. */
export interface Progress {
  epochDone(record: EpochRecord): void;
  stop(): void;
}

/** Shows a bar on a terminal, and one line per epoch elsewhere. */
export function showProgress(epochs: number): Progress {
  return process.stdout.isTTY ? bar(epochs) : lines(epochs);
}

function bar(epochs: number): Progress {
  const bar = new SingleBar({
    stream: process.stdout,
    format: '[{bar}] {value}/{total}, {left} left{numbers}',
    barsize: 10,
    barCompleteChar: '=',
    barIncompleteChar: ' ',
    // Trims the line to the terminal's width. The default turns wrapping off, which would remain after an
    // interrupt.
    linewrap: true,
  });
  const start = performance.now();
  bar.start(epochs, 0, { left: '?', numbers: '' });
  return {
    epochDone(record) {
      const perEpoch = (performance.now() - start) / 1000 / record.epoch;
      const left = duration(perEpoch * (epochs - record.epoch));
      bar.update(record.epoch, { left, numbers: `, ${numbers(record)}` });
    },
    stop: () => bar.stop(),
  };
}

function lines(epochs: number): Progress {
  return {
    epochDone(record) {
      const epoch = String(record.epoch).padStart(String(epochs).length);
      console.log(`  epoch ${epoch}/${epochs}  ${numbers(record)}`);
    },
    stop() {},
  };
}

function numbers({ loss, validationLoss, samplesPerSecond }: EpochRecord): string {
  const validation =
    validationLoss === undefined ? '' : `, validation ${validationLoss.toFixed(5)}`;
  const speed = Math.round(samplesPerSecond).toLocaleString('en');
  return `loss ${loss.toFixed(5)}${validation}, ${speed} samples/s`;
}

function duration(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
