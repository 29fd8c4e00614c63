import { defineConfig } from 'vitest/config';
import { LIMITS } from './test/support/node/wait.js';

/** Tests that measure memory, kill processes, or use threads on all cores. */
const ALONE = ['test/node/process/**/*.slow.ts', 'test/everywhere/**/*.slow.ts'];

// For thousands of cases in one test, on a busy machine.
const limits = { ...LIMITS, testTimeout: 2 * 60 * 60_000 };

export default defineConfig({
  test: {
    projects: [
      {
        // These tests mostly wait for a page or a process.
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
