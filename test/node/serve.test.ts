import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Server, serve } from './serve.js';

let parent: string;
let server: Server;

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'serve-'));
  await mkdir(join(parent, 'site'));
  await writeFile(join(parent, 'site/index.html'), 'a page');
  await writeFile(join(parent, 'secret.html'), 'a secret');
  server = await serve(join(parent, 'site'), { isolated: true });
});

afterAll(async () => {
  await server?.close();
  if (parent) await rm(parent, { recursive: true });
});

/** The status of exactly this path: fetch() would tidy it up first. */
const status = (path: string) =>
  new Promise((resolve, reject) => {
    get(server.url, { path }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });

test('serves a folder, with the headers that isolate a page', async () => {
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
