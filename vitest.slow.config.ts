import { defineConfig } from 'vitest/config';
import { LIMITS } from './test/node/wait.js';

export default defineConfig({
  test: {
    ...LIMITS,
    include: ['test/**/*.slow.ts'],
    // They measure memory and wait for processes.
    fileParallelism: false,
  },
});
