// The settings of PyTorch, and the OpenBLAS kernels that this processor can run.

import { execFileSync } from 'node:child_process';
import type { Contender } from './contender.js';
import type { CategoryJob, FitJob, QualityJob } from './jobs.js';
import { PYTHON, pythonEnvironment } from './python.js';
import { threadsText } from './threads-text.js';

/** Compared with OpenBLAS's own choice: kernels for processors with AVX-512, and for AMD's. */
const KERNELS = ['SkylakeX', 'Cooperlake', 'Zen'];

/** Asks OpenBLAS for the name of the kernels in use, after a product that loads them. */
const ASK_KERNEL = `
import ctypes, torch
torch.rand(256, 256) @ torch.rand(256, 256)
path = next(line.split()[-1] for line in open("/proc/self/maps") if "libopenblas" in line)
name = ctypes.CDLL(path).openblas_get_corename
name.restype = ctypes.c_char_p
print(name().decode())
`;

/** The kernels to ask OpenBLAS for, undefined for its own choice, and those that then run. */
export interface Kernel {
  readonly asked: string | undefined;
  readonly runs: string;
}

/** The different kernels that are available here, OpenBLAS's own choice first. */
export function findKernels(): Kernel[] {
  const found: Kernel[] = [];
  for (const asked of [undefined, ...KERNELS]) {
    try {
      const runs = execFileSync(PYTHON, ['-c', ASK_KERNEL], {
        encoding: 'utf8',
        env: pythonEnvironment(asked),
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim();
      // OpenBLAS uses Haswell's kernels in place of those that it does not have for this processor.
      const isGiven = asked === undefined || runs === asked;
      if (isGiven && !found.some((kernel) => kernel.runs === runs)) found.push({ asked, runs });
    } catch {
      // The processor lacks the instructions, or the BLAS is another one.
    }
  }
  return found.length > 0 ? found : [{ asked: undefined, runs: 'its own' }];
}

/** All settings that were the best for some network or machine, each with all of the kernels. */
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
            // Spinning threads between a small network's many small products slow it down threefold.
            OMP_WAIT_POLICY: 'passive',
            GOMP_SPINCOUNT: '0',
          },
        };
      }),
    ),
  );
}
