// The machine, by name and by what it can do.

import { availableParallelism, cpus } from 'node:os';
import { peakMeter } from '../../../bench/peak/measure.js';

export interface Machine {
  name: string;
  cores: number;
  engine: string;
  /** Multiply-adds of SIMD128 on one thread, in GFLOP/s. */
  peak: number;
}

export async function describeMachine(): Promise<Machine> {
  return {
    // On Linux the model is the one in /proc/cpuinfo.
    name: cpus()[0]?.model.trim() || 'a processor that does not tell its name',
    cores: availableParallelism(),
    engine: `Node ${process.version} on ${process.platform} ${process.arch}`,
    peak: (await peakMeter())(),
  };
}
