// npm run test:slow

import { test } from 'vitest';
import { trainsOnWhenKilled } from '../../support/node/kills.js';
import { casesOf } from '../../support/slow.js';

const KILLS = casesOf(50);

test(`killed ${KILLS} times while it saves every epoch: no epoch is lost`, () =>
  trainsOnWhenKilled(KILLS));
