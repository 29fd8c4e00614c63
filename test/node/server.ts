// A web server for pages that tests open.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What makes a page cross-origin isolated. */
export const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export interface Served {
  /** Without a slash at its end. */
  readonly origin: string;
  close(): void;
}

/** Serves a page at / whose only content is this module. */
export async function serveModule(
  module: string,
  headers: Record<string, string> = {},
): Promise<Served> {
  const page = '<!doctype html><title>test</title><script type="module" src="/module.js"></script>';
  const files: Record<string, [type: string, body: string]> = {
    '/': ['text/html', page],
    '/module.js': ['text/javascript', module],
  };
  const server = createServer(({ url = '' }, response) => {
    const file = files[url];
    if (!file) {
      response.writeHead(404).end();
      return;
    }
    const [type, body] = file;
    response.writeHead(200, { ...headers, 'Content-Type': `${type}; charset=utf-8` }).end(body);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
