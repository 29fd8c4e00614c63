// PyTorch's settings, and OpenBLAS's kernels that this processor can run.

import { execFileSync } from 'node:child_process';
import type { Contender } from './contender.js';
import type { CategoryJob, FitJob, QualityJob } from './jobs.js';
import { PYTHON, pythonEnvironment } from './python.js';
import { threadsText } from './threads-text.js';

/** What OpenBLAS's own choice is compared with: the kernels of processors with AVX-512, and AMD's. */
const KERNELS = ['SkylakeX', 'Cooperlake', 'Zen'];

/** OpenBLAS's name for the kernels that it uses, after a product that needs them. */
const ASK_KERNEL = `
import ctypes, torch
torch.rand(256, 256) @ torch.rand(256, 256)
path = next(line.split()[-1] for line in open("/proc/self/maps") if "libopenblas" in line)
name = ctypes.CDLL(path).openblas_get_corename
name.restype = ctypes.c_char_p
print(name().decode())
`;

/** Kernels to ask OpenBLAS for, undefined for its own choice, and what then runs. */
export interface Kernel {
  readonly asked: string | undefined;
  readonly runs: string;
}

/** The different kernels that can be had here, OpenBLAS's own choice first. */
export function findKernels(): Kernel[] {
  const found: Kernel[] = [];
  for (const asked of [undefined, ...KERNELS]) {
    try {
      const runs = execFileSync(PYTHON, ['-c', ASK_KERNEL], {
        encoding: 'utf8',
        env: pythonEnvironment(asked),
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim();
      // What it does not have for this processor OpenBLAS replaces by Haswell's.
      const isGiven = asked === undefined || runs === asked;
      if (isGiven && !found.some((kernel) => kernel.runs === runs)) found.push({ asked, runs });
    } catch {
      // Instructions that the processor does not have, or a BLAS of another kind.
    }
  }
  return found.length > 0 ? found : [{ asked: undefined, runs: 'its own' }];
}

/** The settings that have been the best one for some network or machine, with each of the kernels. */
export function pytorch(
  work: string,
  job: FitJob | CategoryJob | QualityJob,
  all: number,
  kernels: readonly Kernel[],
  script = 'pytorch-fit.py',
): Contender[] {
  const counts =
    all === 1
      ? [[1, 1]]
      : [
          [1, 1],
          [1, all],
          [all, all],
        ];
  return (counts as [number, number][]).flatMap(([torch, blas]) =>
    [false, true].flatMap((foreach) =>
      kernels.map(({ asked, runs }) => {
        const blasText = blas === torch ? '' : `, BLAS on ${blas}`;
        return {
          key: `${work} pytorch ${torch} ${blas}${foreach ? ' foreach' : ''}${asked ? ` ${asked}` : ''}`,
          library: 'pytorch' as const,
          setting: `${threadsText(torch)}${blasText}${foreach ? ', Adam with foreach' : ''}, ${runs}`,
          script,
          job: { ...job, threads: torch, foreach },
          environment: {
            ...pythonEnvironment(asked),
            OMP_NUM_THREADS: `${torch}`,
            OPENBLAS_NUM_THREADS: `${blas}`,
            MKL_NUM_THREADS: `${blas}`,
            // Threads that spin between a small network's many small products slow it down threefold.
            OMP_WAIT_POLICY: 'passive',
            GOMP_SPINCOUNT: '0',
          },
        };
      }),
    ),
  );
}
