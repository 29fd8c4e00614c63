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

/** The version in package.json; scripts/build.mjs inserts it. */
declare const VERSION: string;

const USAGE = 2;
const FAILURE = 1;
/** The exit code after SIGPIPE, by the convention of shells. */
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

/** Reports an error, for people on one line. */
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

// The code that writes is told of a closed pipe, too. Without these handlers, it would end the process with
// a stack trace.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});
handleInterrupts();
// Before the library is loaded. The flag is for the whole process, which belongs to the command line.
turnOnWideSimd();
const args = process.argv.slice(2);
await main(args).catch((error) => report(error, args.includes('--json')));
await new Promise<void>((resolve) => process.stderr.write('', () => resolve()));
// Exits even if a program still writes to our standard input. If Node ended by itself, it would first
// remove the signal handlers, and one more Ctrl-C would kill the process.
process.exit();
