// The workers of all models together. A process has a fixed number of cores, however many models it has.

import { hardwareThreads } from '../base/platform.js';
import type { Pool } from './pool.js';

/** An engine that has its own workers. */
interface Employer {
  workers: number;
  readonly pool: Pool;
}

/**
 * How many workers may compute at once. Twice the cores, so that a second model can train beside the first,
 * and because a browser may report fewer cores than there are, against fingerprinting.
 */
const most = () => Math.max(8, 2 * hardwareThreads());

/** How many are computing now. */
let busy = 0;

/**
 * Starts up to `count` workers for the engine's job, as many as the budget allows, and returns how many it
 * has; 0 if the calling thread has to do the work. They stay reserved until {@link returnWorkers}.
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

/** Returns an engine's workers to the budget. */
export function returnWorkers(engine: Employer): void {
  busy -= engine.workers;
  engine.workers = 0;
}
