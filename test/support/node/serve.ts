// A web server for pages under test.

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
};

/** Makes a page cross-origin isolated, without which its workers cannot share memory. */
export const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** The headers of every file; the server adds Content-Type. */
export type Headers = Readonly<Record<string, string>>;

export interface Server {
  /** Without a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the files of a folder, and nothing outside of it, or these files by their paths, on a free port of
 * this machine.
 */
export async function serve(
  files: string | Readonly<Record<string, string | Uint8Array>>,
  headers: Headers = {},
): Promise<Server> {
  const server = createServer(async ({ url = '/' }, response) => {
    try {
      const { pathname } = new URL(url, 'http://localhost');
      // Once normalised as an absolute path, no number of `../..` leads out of the folder.
      const path = normalize(decodeURIComponent(pathname));
      const file = path.endsWith('/') ? `${path}index.html` : path;
      const body = typeof files === 'string' ? await readFile(join(files, file)) : files[file];
      if (body === undefined) throw new Error(`${file} is not served`);
      const type = TYPES[extname(file)] ?? 'application/octet-stream';
      response.writeHead(200, { ...headers, 'Content-Type': type }).end(body);
    } catch {
      response.writeHead(404).end('not found');
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The files of a page that contains only this module. */
export function pageOf(module: string): Record<string, string> {
  return {
    '/index.html':
      '<!doctype html><title>test</title><script type="module" src="/module.js"></script>',
    '/module.js': module,
  };
}
