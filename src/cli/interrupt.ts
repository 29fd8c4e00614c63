import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
type Signal = (typeof SIGNALS)[number];

/** The exit code of a program that a signal ended, as shells have it: 130 for Ctrl-C. */
export const exitCode = (signal: Signal): number => 128 + constants.signals[signal];

let stop = (signal: Signal): void => process.exit(exitCode(signal));

/** Ends the process in good order when it is asked to: exit handlers run. */
export function handleInterrupts(): void {
  for (const signal of SIGNALS) process.on(signal, () => stop(signal));
}

/** Does something else instead, the first time. */
export function onInterrupt(handler: (signal: Signal) => void): void {
  const end = stop;
  stop = (signal) => {
    stop = end;
    handler(signal);
  };
}
