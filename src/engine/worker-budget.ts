// The workers of all models together: a process has so many cores, however many models it has.

import { hardwareThreads } from '../base/platform.js';
import type { Pool } from './pool.js';

/** An engine that has its own workers. */
interface Employer {
  workers: number;
  readonly pool: Pool;
}

/**
 * How many may compute at once. Twice the cores let a second model train beside a first; and a browser
 * may say that there are fewer cores than there are, against fingerprinting.
 */
const most = () => Math.max(8, 2 * hardwareThreads());

/** How many do. */
let busy = 0;

/**
 * Starts up to `count` workers for the engine's job, as many as others have left, and says how many it
 * has; 0 where the calling thread must do. It keeps them until {@link returnWorkers}.
 */
export async function takeWorkers(
  engine: Employer,
  count: number,
  url: string | undefined,
): Promise<number> {
  returnWorkers(engine);
  const workers = Math.min(count, most() - busy);
  if (workers < 1) return 0;
  busy += workers;
  engine.workers = workers;
  if (!(await engine.pool.grow(workers, url))) returnWorkers(engine);
  return engine.workers;
}

/** Lets others have an engine's workers. */
export function returnWorkers(engine: Employer): void {
  busy -= engine.workers;
  engine.workers = 0;
}
