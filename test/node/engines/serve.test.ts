import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ISOLATION, type Server, serve } from '../../support/node/serve.js';

let parent: string;
let server: Server;

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'serve-'));
  await mkdir(join(parent, 'site'));
  await writeFile(join(parent, 'site/index.html'), 'a page');
  await writeFile(join(parent, 'secret.html'), 'a secret');
  server = await serve(join(parent, 'site'), ISOLATION);
});

afterAll(async () => {
  await server?.close();
  if (parent) await rm(parent, { recursive: true });
});

/** The status of exactly this path; fetch() would normalise it. */
const status = (path: string) =>
  new Promise((resolve, reject) => {
    get(server.url, { path }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });

test('serves a folder, with the headers for cross-origin isolation', async () => {
  const response = await fetch(`${server.url}/`);
  expect(await response.text()).toBe('a page');
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(response.headers.get('cross-origin-opener-policy')).toBe('same-origin');
  expect(response.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
});

test.each([
  '/secret.html',
  '/../secret.html',
  '/..%2fsecret.html',
  '/x/..%2f..%2f..%2fsecret.html',
  '/%2e%2e/secret.html',
  '//../secret.html',
  '/%',
])('%s is not found', async (path) => {
  expect(await status(path)).toBe(404);
});

test('serves given files by their paths', async () => {
  const given = await serve({ '/index.html': 'a page', '/a.js': 'a script' }, { 'X-Of': 'ours' });
  try {
    const get = async (path: string) => {
      const response = await fetch(given.url + path);
      const { headers } = response;
      return [await response.text(), headers.get('content-type'), headers.get('x-of')];
    };
    expect(await get('/?a=1')).toEqual(['a page', 'text/html; charset=utf-8', 'ours']);
    expect(await get('/a.js')).toEqual(['a script', 'text/javascript; charset=utf-8', 'ours']);
    expect((await fetch(`${given.url}/b.js`)).status).toBe(404);
    expect((await fetch(`${given.url}/constructor`)).status).toBe(404);
  } finally {
    await given.close();
  }
});
