// Describes the machine that the figures were measured on.

import { availableParallelism, cpus } from 'node:os';
import { type Library, NAMES } from './peers.js';

export function describeMachine(versions: ReadonlyMap<Library, string>): string[] {
  // On Linux the processor's model comes from /proc/cpuinfo.
  const model = cpus()[0]?.model.trim() || 'a processor that does not tell its name';
  return [
    `${model}, ${availableParallelism()} cores, ${process.platform} ${process.arch}`,
    `Node ${process.version}, V8 ${process.versions.v8}`,
    ...[...versions].map(([library, version]) => `${NAMES[library]} ${version}`),
  ];
}
