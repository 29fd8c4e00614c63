// The package in projects that use it; bundlers.slow.ts has the slower bundlers.

import { testBundlers } from '../../support/node/bundler-suite.js';

testBundlers(['script', 'vite', 'esbuild']);
