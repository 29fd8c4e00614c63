// The engine: a worker that does everything that takes long. The page only paints and sends calls.

import type { Answer, Calls, Method, Progress, Request } from './calls.js';
import { saveAs } from './save.js';
import { Session } from './session.js';

const session = new Session();
const running = new Map<number, AbortController>();

type Handlers = {
  [M in Method]: (
    signal: AbortSignal,
    tell: (progress: Progress) => void,
    ...args: Parameters<Calls[M]>
  ) => ReturnType<Calls[M]> | Promise<ReturnType<Calls[M]>>;
};

const handlers: Handlers = {
  open: (signal, tell, source) => session.open(source, signal, tell),
  retype: (_signal, _tell, column, type) => session.retype(column, type),
  find: (signal, tell, seed) => session.find(seed, signal, tell),
  map: (signal, tell) => session.map(signal, tell),
  cells: (_signal, _tell, rows, columns) => session.cells(rows, columns),
  explain: (_signal, _tell, rows) => session.explain(rows),
  lasso: (_signal, _tell, polygon) => session.lasso(polygon),
  gaps: (signal) => session.gaps(signal),
  judge: (_signal, _tell, cells, like) => session.judge(cells, like),
  thumbnails: (_signal, _tell, rows) => session.thumbnails(rows),
  save: (signal, tell, what, threshold) => saveAs(session, what, threshold, signal, tell),
};

/** The least time in milliseconds between progress messages; a page cannot show them much faster. */
const TOLD_MS = 33;

addEventListener('message', async ({ data }: MessageEvent<Request>) => {
  const { id } = data;
  if ('cancel' in data) {
    running.get(id)?.abort(new DOMException('cancelled', 'AbortError'));
    return;
  }
  const abort = new AbortController();
  running.set(id, abort);
  let told = 0;
  const tell = (progress: Progress) => {
    const now = performance.now();
    if (now - told < TOLD_MS) return;
    told = now;
    answer({ id, progress });
  };
  try {
    const handler = handlers[data.method] as (...args: unknown[]) => unknown;
    answer({ id, value: await handler(abort.signal, tell, ...data.args) });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    answer({ id, error: message, isCancelled: abort.signal.aborted });
  } finally {
    running.delete(id);
  }
});

function answer(message: Answer): void {
  postMessage(message);
}
