import { expect, test } from 'vitest';
import { ThreadUse } from '../../../src/training/thread-use.js';

/**
 * A simulated machine: the milliseconds of a step with all threads and with one, and how often a thread
 * sleeps per step.
 */
interface Machine {
  readonly together: number;
  readonly alone: number;
  readonly sleeps: number;
}

/** Simulates this many milliseconds, and returns how much of it ran on one thread. */
function run(use: ThreadUse, machine: Machine, ms: number) {
  const spent = { alone: 0, together: 0 };
  let stretches = 0;
  while (spent.alone + spent.together < ms) {
    const stretch = use.next(1_000_000);
    const took = stretch.steps * (stretch.alone ? machine.alone : machine.together);
    use.note(stretch, took, stretch.alone ? 0 : stretch.steps * machine.sleeps);
    spent[stretch.alone ? 'alone' : 'together'] += took;
    stretches++;
  }
  return { ...spent, stretches };
}

const QUIET: Machine = { together: 0.5, alone: 1, sleeps: 0 };
const BUSY: Machine = { together: 2, alone: 1, sleeps: 0.5 };
/** Threads with unequal shares, which sleep often but are still faster together. */
const UNEQUAL: Machine = { together: 0.6, alone: 1, sleeps: 3 };

test('on a quiet machine all threads run, with few measurements', () => {
  const { alone, together, stretches } = run(new ThreadUse(), QUIET, 10_000);
  expect(alone).toBe(0);
  expect(stretches).toBeLessThanOrEqual(together / 250 + 10);
});

test('on a busy machine the first thread runs alone, and little time is lost', () => {
  const { alone, together } = run(new ThreadUse(), BUSY, 330);
  // Two trials of all threads: before and after the one of the first thread.
  expect(together).toBeLessThan(60);
  expect(alone).toBeGreaterThan(270);
  const long = run(new ThreadUse(), BUSY, 10_000);
  expect(long.together / (long.together + long.alone)).toBeLessThan(0.03);
});

test('all threads run although the engine compiles during the first steps', () => {
  const use = new ThreadUse();
  const compiling: Machine = { together: 2, alone: 1, sleeps: 2 };
  expect(run(use, compiling, 20).together).toBeGreaterThan(0);
  run(use, { together: 1, alone: 0.6, sleeps: 1 }, 20);
  const { alone } = run(use, { ...QUIET, sleeps: 0.01 }, 10_000);
  expect(alone).toBeLessThan(30);
});

test('a busy machine is recognised after a few steps', () => {
  const use = new ThreadUse();
  const stretch = use.next(1000);
  expect(stretch.steps).toBeLessThanOrEqual(4);
  use.note(stretch, 30, 4 * stretch.steps);
  expect(use.next(1000).alone).toBe(true);
});

test('a thread that waits at the start of a stretch does not indicate a busy machine', () => {
  const use = new ThreadUse();
  // Epochs of five steps: each is a stretch, and one thread sleeps at its first barrier.
  for (let epoch = 0; epoch < 100; epoch++) {
    const stretch = use.next(5);
    expect(stretch.alone).toBe(false);
    use.note(stretch, stretch.steps * 0.5, 1);
  }
});

test('threads that wait but are faster together continue to be used', () => {
  const { alone, together } = run(new ThreadUse(), UNEQUAL, 20_000);
  expect(alone / together).toBeLessThan(0.015);
});

test('when the other load ends, all threads run again', () => {
  const use = new ThreadUse();
  run(use, BUSY, 5_000);
  run(use, QUIET, 4_000);
  expect(run(use, QUIET, 1_000).alone).toBe(0);
});

test('trials may span several short epochs', () => {
  const use = new ThreadUse();
  let alone = 0;
  for (let epoch = 0; epoch < 100; epoch++) {
    for (let left = 5; left > 0; ) {
      const stretch = use.next(left);
      use.note(stretch, stretch.steps * (stretch.alone ? 1 : 2), stretch.alone ? 0 : stretch.steps);
      if (stretch.alone) alone += stretch.steps;
      left -= stretch.steps;
    }
  }
  expect(alone).toBeGreaterThan(400);
});
