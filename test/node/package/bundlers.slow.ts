// npm run test:slow

import { testBundlers } from '../../support/node/bundler-suite.js';

testBundlers(['webpack', 'rollup']);
