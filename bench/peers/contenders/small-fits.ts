// The loop that times whole calls of `fit`, each on a new model.

import { median } from '../../median.js';
import type { Answer, SmallFitJob } from '../jobs.js';

/** Calls before the clock starts, since the engines recompile hot code during the first ones. */
const WARM_UP = 3;

interface SmallFit {
  /** Creates a model and trains it. */
  fit(): Promise<void>;
  /** The loss of that model. */
  loss(): Promise<number>;
  /** Frees its memory. */
  dispose(): void;
}

export async function timeFits(
  job: SmallFitJob,
  { fit, loss, dispose }: SmallFit,
): Promise<Answer> {
  const seconds: number[] = [];
  let check = Number.NaN;
  for (let call = -WARM_UP, spent = 0; call < 1 || spent < job.seconds; call++) {
    const start = performance.now();
    await fit();
    const took = (performance.now() - start) / 1000;
    check = await loss();
    dispose();
    if (call < 0) continue;
    seconds.push(took);
    spent += took;
  }
  return { samplesPerSecond: 1 / median(seconds), check };
}
