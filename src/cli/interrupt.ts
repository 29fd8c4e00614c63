import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
type Signal = (typeof SIGNALS)[number];

/** The exit code of a program that a signal ended, by the convention of shells: 130 for Ctrl-C. */
export const exitCode = (signal: Signal): number => 128 + constants.signals[signal];

let stop = (signal: Signal): void => process.exit(exitCode(signal));

/** Ends the process on a signal with `process.exit`, so that exit handlers run. */
export function handleInterrupts(): void {
  for (const signal of SIGNALS) process.on(signal, () => stop(signal));
}

/** Calls this handler instead, for the first signal only. */
export function onInterrupt(handler: (signal: Signal) => void): void {
  const end = stop;
  stop = (signal) => {
    stop = end;
    handler(signal);
  };
}
