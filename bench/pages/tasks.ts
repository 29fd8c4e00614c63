// Reads the tasks of a page's main thread from a Chromium trace: how long each took, and its processor
// time. Only the former includes the time spent waiting for other programs.

/** The marks that a page sets at the beginning and the end of the measured time. */
export const BEGIN = 'watch begins';
export const END = 'watch ends';

/** Times are in microseconds (the Trace Event Format). */
interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  /** The processor time. */
  readonly tdur?: number;
}

/** The longest processor time, in milliseconds, of a task within the measured time. */
export function longestOfProcessor(trace: Buffer): number {
  return tasksOfProcessor(trace).reduce((most, ms) => Math.max(most, ms), 0);
}

/** The processor time of each task within the measured time, in milliseconds. */
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
