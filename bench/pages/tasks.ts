// The tasks of a page's thread in a trace of Chromium's: how long each took, and how much of that
// was the processor's. What a task waits for other programs is in the former only.

/** What a page marks the beginning and the end of the watched time with. */
export const BEGIN = 'watch begins';
export const END = 'watch ends';

/** In microseconds (the Trace Event Format). */
interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  /** Of the processor. */
  readonly tdur?: number;
}

/** The most of the processor, in milliseconds, that one task of the watched time took. */
export function longestOfProcessor(trace: Buffer): number {
  return tasksOfProcessor(trace).reduce((most, ms) => Math.max(most, ms), 0);
}

/** What each task of the watched time took of the processor, in milliseconds. */
export function tasksOfProcessor(trace: Buffer): number[] {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
  const find = (name: string) => {
    const event = traceEvents.find((one) => one.name === name);
    if (!event) throw new Error(`the trace has no '${name}'`);
    return event;
  };
  const [begin, end] = [find(BEGIN), find(END)];
  const tasks: number[] = [];
  for (const { name, ph, pid, tid, ts, tdur = 0 } of traceEvents) {
    if (!name.endsWith('RunTask') || ph !== 'X' || pid !== begin.pid || tid !== begin.tid) continue;
    if (ts > begin.ts && ts < end.ts) tasks.push(tdur / 1000);
  }
  return tasks;
}
