#!/usr/bin/env node
import { turnOnWideSimd } from '../base/wide-simd.js';
import { closest } from '../model/checks.js';
import { type Command, flagsOf } from './command.js';
import { COMMANDS } from './commands.js';
import { DataError, UsageError } from './errors.js';
import { readArguments } from './flags.js';
import { commandHelp, generalHelp } from './help.js';
import { handleInterrupts } from './interrupt.js';
import { ClosedPipe, print } from './standard-output.js';

/** package.json's, put here by scripts/build.mjs. */
declare const VERSION: string;

const USAGE = 2;
const FAILURE = 1;
/** As shells have it of a program that SIGPIPE ended. */
const CLOSED_PIPE = 128 + 13;

async function main(args: readonly string[]): Promise<void> {
  const [name, ...rest] = args;
  if (name === undefined) {
    process.stderr.write(generalHelp(COMMANDS));
    process.exitCode = USAGE;
    return;
  }
  if (name === '--help' || name === '-h' || name === 'help') {
    const asked = name === 'help' && rest[0] !== undefined ? commandNamed(rest[0]) : undefined;
    return print(asked ? commandHelp(asked) : generalHelp(COMMANDS));
  }
  if (name === '--version' || name === '-V') return print(`${VERSION}\n`);
  const command = commandNamed(name);
  if (rest.includes('--help') || rest.includes('-h')) return print(commandHelp(command));
  try {
    const parsed = readArguments(rest, flagsOf(command));
    const { operands } = parsed;
    if (operands.length === 0) throw new UsageError(`${command.operand} is missing`);
    if (operands.length > 1 && command.operand !== 'DATA')
      throw new UsageError(`one ${command.operand} is expected, also got '${operands[1]}'`);
    if (operands.filter((operand) => operand === '-').length > 1)
      throw new UsageError('only one DATA can be standard input (-)');
    await command.run(parsed, operands, COMMANDS);
  } catch (error) {
    if (error instanceof UsageError) error.message += `\nTry: autoencoder-wasm ${name} --help`;
    throw error;
  }
}

function commandNamed(name: string): Command {
  const found = COMMANDS.find((command) => command.name === name);
  if (found) return found;
  const names = COMMANDS.map((command) => command.name);
  throw new UsageError(
    `there is no command '${name}'; did you mean ${closest(name, names)}? (known: ${names.join(', ')})`,
  );
}

/** Says what went wrong, for people on one line. */
function report(error: unknown, isJson: boolean): void {
  if (error instanceof ClosedPipe) {
    process.exitCode = CLOSED_PIPE;
    return;
  }
  process.exitCode = error instanceof UsageError ? USAGE : FAILURE;
  const message = error instanceof Error ? error.message : String(error);
  if (!isJson) {
    process.stderr.write(`autoencoder-wasm: ${message}\n`);
    return;
  }
  const place = error instanceof DataError ? { file: error.file, ...error.place } : {};
  const [first] = message.split('\n');
  process.stderr.write(`${JSON.stringify({ error: first, ...place })}\n`);
}

// A closed pipe is reported to whoever writes; and it is no reason for a stack trace.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});
handleInterrupts();
// Before the library is loaded; this process is ours.
turnOnWideSimd();
const args = process.argv.slice(2);
await main(args).catch((error) => report(error, args.includes('--json')));
await new Promise<void>((resolve) => process.stderr.write('', () => resolve()));
// Whoever still writes to our standard input is not waited for. And Node, left to end by itself, takes
// the handlers of signals down first: one more Ctrl-C would then find none.
process.exit();
