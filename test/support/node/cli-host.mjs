// Runs the command line any number of times in one process: each time its program is evaluated anew, with
// its own arguments, folder, standard input and output. See {@link called} in cli.ts.

import { Readable } from 'node:stream';

const [program] = process.argv.slice(2);
const EVENTS = ['exit', 'SIGINT', 'SIGTERM', 'SIGHUP'];
const exit = process.exit.bind(process);
for (const emitter of [process, process.stdout, process.stderr]) emitter.setMaxListeners(0);
process.on('disconnect', () => exit());

let runs = 0;

async function run({ folder, args, input }) {
  process.chdir(folder);
  process.argv = [process.argv[0], program, ...args];
  process.exitCode = undefined;
  const stdin = Readable.from(input.length > 0 ? [Buffer.from(input)] : []);
  Object.defineProperty(process, 'stdin', { value: stdin, configurable: true });
  const [stdout, stderr] = [taken(process.stdout), taken(process.stderr)];
  const before = EVENTS.map((event) => process.listeners(event));
  const code = await new Promise((resolve, reject) => {
    process.exit = (code) => resolve(code ?? process.exitCode ?? 0);
    import(`${program}?${runs++}`).catch(reject);
  });
  process.exitCode = undefined;
  // Removes the handlers that it added for signals and for the exit, and runs the latter.
  for (const [i, event] of EVENTS.entries()) {
    for (const listener of process.listeners(event)) {
      if (before[i].includes(listener)) continue;
      process.removeListener(event, listener);
      if (event === 'exit') listener(code);
    }
  }
  return { code, stdout: stdout(), stderr: stderr().toString() };
}

/** Collects what is written to a stream from now on. */
function taken(stream) {
  const chunks = [];
  stream.write = (chunk, encoding, done) => {
    chunks.push(Buffer.from(chunk));
    const callback = typeof encoding === 'function' ? encoding : done;
    if (callback) setImmediate(callback);
    return true;
  };
  return () => Buffer.concat(chunks);
}

let last = Promise.resolve();
process.on('message', (call) => {
  last = last.then(async () => process.send(await run(call)));
});
