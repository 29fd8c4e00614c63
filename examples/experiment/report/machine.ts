// Describes the machine: its name and its measured speed.

import { availableParallelism, cpus } from 'node:os';
import { peakMeter } from '../../../bench/peak/measure.js';

export interface Machine {
  name: string;
  cores: number;
  engine: string;
  /** The SIMD128 multiply-add peak of one thread, in GFLOP/s. */
  peak: number;
}

export async function describeMachine(): Promise<Machine> {
  return {
    // On Linux the processor's model comes from /proc/cpuinfo.
    name: cpus()[0]?.model.trim() || 'a processor that does not tell its name',
    cores: availableParallelism(),
    engine: `Node ${process.version} on ${process.platform} ${process.arch}`,
    peak: (await peakMeter())(),
  };
}
