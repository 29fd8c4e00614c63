// Opens a page in a Chromium of any age, without a protocol that changes between versions: the page sends
// its outcome to the server that it came from.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { ISOLATION } from '../support/node/serve.js';
import type { Outcome } from './project.js';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
};

/** The script by which a page sends its outcome; `run` is the module that exports `outcome`. */
export const REPORTING = `
  import { Autoencoder } from 'autoencoder-wasm';
  import { experiment } from './experiment.mjs';
  const send = (value) => fetch('/outcome', { method: 'POST', body: JSON.stringify(value) });
  experiment(Autoencoder).then(send, (error) => send({ error: String(error && error.stack) }));
`;

const MINUTE = 60_000;

/** Opens a folder's page in this Chromium, isolated or not, and waits for the outcome that it sends. */
export async function openPage(
  executable: string,
  folder: string,
  path: string,
  isolated = true,
): Promise<Outcome> {
  let arrived: (text: string) => void = () => {};
  const outcome = new Promise<string>((resolve) => {
    arrived = resolve;
  });
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (request.method === 'POST') {
      let text = '';
      for await (const chunk of request) text += chunk;
      response.end();
      arrived(text);
      return;
    }
    try {
      const file = normalize(decodeURIComponent(pathname));
      const body = await readFile(join(folder, file.endsWith('/') ? `${file}index.html` : file));
      const type = TYPES[extname(file) || '.html'] ?? 'application/octet-stream';
      response.writeHead(200, { ...(isolated ? ISOLATION : {}), 'Content-Type': type }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const profile = await mkdtemp(join(tmpdir(), 'autoencoder-profile-'));
  const flags = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--no-zygote',
    '--remote-debugging-port=0',
  ];
  const url = `http://127.0.0.1:${port}${path}`;
  const browser = spawn(executable, [...flags, `--user-data-dir=${profile}`, url], {
    stdio: 'ignore',
  });
  const ended = once(browser, 'exit');
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the page sent nothing')), 2 * MINUTE);
  });
  const gone = ended.then(([code]) => Promise.reject(new Error(`the browser ended, code ${code}`)));
  try {
    const { error, ...rest } = JSON.parse(await Promise.race([outcome, late, gone]));
    if (error) throw new Error(error);
    return rest as Outcome;
  } finally {
    clearTimeout(timer);
    gone.catch(() => {});
    browser.kill('SIGKILL');
    await ended;
    server.close();
    server.closeAllConnections();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
