// Runs snippets one after the other where the library is installed, each as a module of its own with fresh
// globals. Replies with the error, and with the output on standard error.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { globals } from './globals.mjs';

let [failure, stderr] = ['', ''];
process.on('disconnect', () => process.exit());
process.on('unhandledRejection', (reason) => {
  failure = String(reason?.stack ?? reason);
});
process.stderr.write = (text, ...rest) => {
  stderr += text;
  const done = rest.at(-1);
  if (typeof done === 'function') setImmediate(done);
  return true;
};

let runs = 0;

async function run(code) {
  [failure, stderr] = ['', ''];
  Object.assign(globalThis, await globals());
  const file = join(process.cwd(), `snippet-${runs++}.mjs`);
  writeFileSync(file, code);
  try {
    await import(pathToFileURL(file));
    await new Promise((resolve) => setImmediate(resolve)); // unhandled rejections are reported in this turn
  } catch (error) {
    failure = String(error?.stack ?? error);
  }
  return { failure, stderr };
}

let last = Promise.resolve();
process.on('message', (code) => {
  last = last.then(async () => process.send(await run(code)));
});
