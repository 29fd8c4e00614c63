// npm run test:slow

import { describe, test } from 'vitest';
import { acquireEngine } from '../../../src/engine/kernels.js';
import { checkDepths, DENSITIES } from '../../support/products.js';

const engine = acquireEngine({});

describe('product', () => {
  test.each(DENSITIES)('every depth up to 70 by every width, density $name', ({ densities }) => {
    checkDepths(engine, densities);
  });
});
