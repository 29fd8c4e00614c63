import { defineConfig } from 'vitest/config';
import { LIMITS } from './test/support/node/wait.js';

export default defineConfig({
  test: {
    ...LIMITS,
    // Thousands of cases in one test, on a busy machine.
    testTimeout: 2 * 60 * 60_000,
    include: ['test/**/*.slow.ts'],
    // They measure memory and wait for processes.
    fileParallelism: false,
  },
});
