// npm run test:slow

import { test } from 'vitest';
import { casesOf } from '../slow.js';
import { trainsOnWhenKilled } from './kills.js';

const KILLS = casesOf(50);

test(`killed ${KILLS} times while it saves every epoch: no epoch is lost`, () =>
  trainsOnWhenKilled(KILLS));
