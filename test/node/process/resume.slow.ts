// More of resume.test.ts; npm run test:slow.

import { resumesInChromium } from '../../support/node/resume.js';

resumesInChromium([
  ['of a few rows', 'not isolated'],
  ['of a stream', 'isolated'],
  ['of many rows', 'isolated'],
]);
