import { defineConfig } from 'vitest/config';
import { LIMITS } from './test/support/node/wait.js';

/** They measure memory, kill processes, or have threads for all cores. */
const ALONE = ['test/node/process/**/*.slow.ts', 'test/everywhere/**/*.slow.ts'];

// Thousands of cases in one test, on a busy machine.
const limits = { ...LIMITS, testTimeout: 2 * 60 * 60_000 };

export default defineConfig({
  test: {
    projects: [
      {
        // Most of the time they wait for a page or a process.
        test: {
          name: 'slow',
          include: ['test/**/*.slow.ts'],
          exclude: ALONE,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
          ...limits,
        },
      },
      {
        test: {
          name: 'slow, alone',
          include: ALONE,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
          ...limits,
        },
      },
    ],
  },
});
