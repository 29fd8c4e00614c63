// Anybody may have written to Redis: a job is checked like any other input before it runs.

import { readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { UnrecoverableError } from 'bullmq';
import { FORMATS, TASKS, WRITTEN } from './flags.js';
import type { Run, Shard, ShardResult } from './queue.js';
import { fileError, printable, UsageError } from './words.js';

/** The same limit as Linux has. */
const MAX_LINKS = 40;
const shownPath = (path: string): string => printable(path, 400);

/** The folder below which a worker reads and writes, with links resolved. */
export async function rootFolder(given: string): Promise<string> {
  try {
    const root = await realpath(given);
    if ((await stat(root)).isDirectory()) return root;
  } catch {}
  throw new UsageError(`--root must be a folder, got '${printable(given, 200)}'`);
}

type Check = (value: unknown) => boolean;
const isText: Check = (value) => typeof value === 'string' && value.length <= 10_000;
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isNumber: Check = (value) => typeof value === 'number' && value >= 0 && value < Infinity;
const isPath: Check = (value) =>
  isText(value) && isAbsolute(value as string) && !(value as string).includes('\0');
const isHash: Check = (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
const isRunName: Check = (value) => typeof value === 'string' && /^[0-9a-f]{12}$/.test(value);
const oneOf =
  (known: readonly unknown[]): Check =>
  (value) =>
    known.includes(value);
/** JSON does not keep undefined values. */
const orNone =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

/** Checks an object with exactly these members. */
const shape =
  (members: Record<string, Check>): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.keys(value).every((name) => Object.hasOwn(members, name)) &&
    Object.entries(members).every(([name, check]) => check((value as never)[name]));

const READ = {
  format: orNone(oneOf(FORMATS)),
  columns: orNone(isText),
  header: orNone(oneOf([true, false])),
  delimiter: orNone((value) => typeof value === 'string' && value.length === 1),
  array: orNone(isText),
};
const SHARD = {
  run: isRunName,
  task: oneOf(TASKS),
  model: isHash,
  from: isPath,
  read: shape(READ),
  to: isPath,
  format: oneOf(WRITTEN),
  bytes: isCount,
  identity: isHash,
};
const RUN = { task: oneOf(TASKS), model: isHash, folder: isPath, shards: isCount, bytes: isCount };
const RESULT = {
  from: isPath,
  to: isPath,
  rows: isCount,
  columns: isCount,
  bytes: isCount,
  written: isCount,
  seconds: isNumber,
  by: isText,
};

/** Checks that a shard is well-formed and that its files are below `root`. */
export async function checkShard(data: unknown, root: string): Promise<Shard> {
  const shard = requireMembers<Shard>('shard', data, SHARD);
  const { from, to } = shard;
  // Checks the path after following links, since these may lead outside. The file need not exist.
  requireBelow(root, from, await endOf(from));
  requireBelow(root, to, await endOf(to));
  const found = await stat(from).catch((error) => {
    throw fileError(from, error);
  });
  if (!found.isFile()) throw new UnrecoverableError(`${shownPath(from)} is not a file`);
  return shard;
}

/** Checks that a worker may write the report of this run. */
export async function checkRun(
  data: unknown,
  id: string | undefined,
  root: string,
): Promise<Run & { id: string }> {
  const run = requireMembers<Run>('run', data, RUN);
  if (!isRunName(id)) throw new UnrecoverableError('the job is no run: its name is another');
  requireBelow(root, run.folder, await endOf(run.folder));
  return { ...run, id: id as string };
}

/** A worker's result of a shard, undefined if the value is not one. */
export function asResult(value: unknown): ShardResult | undefined {
  return shape(RESULT)(value) ? (value as ShardResult) : undefined;
}

/** Whether a path is the folder or below it. Both must be without links. */
export function isBelow(root: string, target: string): boolean {
  const way = relative(root, target);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** Resolves the links of a path, even if the file or its folder does not exist yet. */
export async function endOf(given: string, links = 0): Promise<string> {
  const real = await realpath(given).catch(() => undefined);
  if (real !== undefined) return real;
  const [folder, name] = [dirname(given), basename(given)];
  if (folder === given) return given;
  const parent = await endOf(folder, links);
  const link = await readlink(given).catch(() => undefined);
  if (link === undefined) return join(parent, name);
  if (links > MAX_LINKS) throw new UnrecoverableError(`${shownPath(given)} is a circle of links`);
  return endOf(resolve(parent, link), links + 1);
}

/** The error of `transformFile` if a file's contents are at fault. */
export interface DataError extends Error {
  readonly name: 'DataError';
  readonly file: string;
  readonly problem: string;
  readonly place: { line?: number; row?: number; column?: number };
}

export function isDataError(error: unknown): error is DataError {
  return error instanceof Error && error.name === 'DataError';
}

/**
 * The failure's message for Redis, without contents of the file, which only the worker's log quotes.
 * Neither rows nor cells are sent through Redis.
 */
export function withoutContents(error: unknown): string {
  const { message } = error as Error;
  if (!isDataError(error)) return printable(message, 1000);
  const { file, problem } = error;
  const cut = problem.replace(/(['"])(.*)\1/s, "'...'").replace(/(cannot be read)[:( ].*/s, '$1');
  const { line, row, column } = error.place;
  const place = Object.entries({ line, row, column }).flatMap(([what, number]) =>
    number === undefined ? [] : [`${what} ${number}`],
  );
  return printable(`${[file, ...place].join(', ')}: ${cut}`, 1000);
}

function requireMembers<T>(what: string, data: unknown, members: Record<string, Check>): T {
  if (shape(members)(data)) return data as T;
  const given = (typeof data === 'object' && data !== null ? data : {}) as Record<string, unknown>;
  const wrong =
    Object.keys(members).find((name) => !members[name]?.(given[name])) ??
    Object.keys(given).find((name) => !Object.hasOwn(members, name));
  throw new UnrecoverableError(`the job is no ${what}: its '${printable(wrong ?? '')}' is wrong`);
}

function requireBelow(root: string, given: string, end: string): void {
  if (isBelow(root, end)) return;
  throw new UnrecoverableError(
    `${shownPath(given)} is not below ${root}: work --root says where a worker reads and writes`,
  );
}
