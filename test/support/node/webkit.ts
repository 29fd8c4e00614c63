// Drives WebKitGTK by the W3C's WebDriver protocol: https://www.w3.org/TR/webdriver2/

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { vi } from 'vitest';
import { freePort, PATIENCE_MS } from './wait.js';

const DRIVER = '/usr/bin/WebKitWebDriver';
/** A virtual screen, since the browser has no headless mode. */
const SCREEN = '/usr/bin/Xvfb';

/** The browser that WebKitGTK's own tests use, next to its libraries; undefined if anything is missing. */
export function findWebKit(): string | undefined {
  if (!existsSync(DRIVER) || !existsSync(SCREEN)) return undefined;
  return readdirSync('/usr/lib')
    .flatMap((machine) => ['4.1', '4.0'].map((version) => `${machine}/webkit2gtk-${version}`))
    .map((folder) => join('/usr/lib', folder, 'MiniBrowser'))
    .find(existsSync);
}

export interface WebKit {
  /** Opens a page, and returns the value that its global promise of this name resolves to. */
  read(url: string, promise: string): Promise<unknown>;
  close(): Promise<void>;
}

export async function startWebKit(browser: string): Promise<WebKit> {
  const children: ChildProcess[] = [];
  try {
    const screen = spawn(SCREEN, ['-displayfd', '3', '-nolisten', 'tcp'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    children.push(screen);
    const [display] = await once(screen.stdio[3] as Readable, 'data');
    const port = await freePort(); // the driver cannot pick a free port itself
    const driver = spawn(DRIVER, [`--port=${port}`], {
      stdio: 'ignore',
      env: {
        ...process.env,
        DISPLAY: `:${String(display).trim()}`,
        // As root, the usual user in containers, its sandbox does not work.
        ...(process.getuid?.() === 0 && { WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' }),
      },
    });
    children.unshift(driver);
    const origin = `http://127.0.0.1:${port}`;
    await vi.waitFor(() => command('GET', `${origin}/status`), { timeout: PATIENCE_MS });
    return await openSession(origin, browser, () => endAll(children));
  } catch (error) {
    await endAll(children);
    throw error;
  }
}

async function openSession(
  origin: string,
  browser: string,
  end: () => Promise<void>,
): Promise<WebKit> {
  const options = { binary: browser, args: ['--automation'] };
  const { sessionId } = await command<{ sessionId: string }>('POST', `${origin}/session`, {
    capabilities: {
      alwaysMatch: {
        'webkitgtk:browserOptions': options,
        timeouts: { script: PATIENCE_MS, pageLoad: PATIENCE_MS }, // the default is half a minute
      },
    },
  });
  const session = `${origin}/session/${sessionId}`;
  return {
    async read(url, promise) {
      await command('POST', `${session}/url`, { url });
      const script = 'return window[arguments[0]]';
      return command('POST', `${session}/execute/sync`, { script, args: [promise] });
    },
    async close() {
      await command('DELETE', session).finally(end);
    },
  };
}

async function command<T>(method: string, url: string, body?: object): Promise<T> {
  const response = await fetch(url, { method, ...(body && { body: JSON.stringify(body) }) });
  const { value } = (await response.json()) as { value: T };
  if (!response.ok) throw new Error(`${method} ${url}: ${JSON.stringify(value)}`);
  return value;
}

async function endAll(children: readonly ChildProcess[]): Promise<void> {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const exit = once(child, 'exit');
    child.kill();
    await exit;
  }
}
