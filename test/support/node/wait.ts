// Helpers for tests of other processes: they wait until something happens or can no longer happen, and find
// free ports.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** Longer than anything takes on a busy machine: what has not happened by then will not happen. */
export const PATIENCE_MS = 5 * 60_000;

/** Longer than any single wait of a test, whose own error says more than the test's time limit would. */
export const LIMITS = {
  testTimeout: 2 * PATIENCE_MS,
  hookTimeout: 2 * PATIENCE_MS,
  expect: { poll: { timeout: PATIENCE_MS } },
};

/**
 * The outcome of a promise. If it does not settle in time, rejects with an error that names what was
 * awaited.
 */
export async function within<T>(what: string, outcome: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([outcome, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The exit code of a process, or the signal that ended it, once all its output has been read. */
export function ended(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? (signal as string)));
  });
}

/** A port of this machine that is not in use. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
