/** Debian's, which has PyTorch as a package. */
export const PYTHON = '/usr/bin/python3';

/**
 * Variables that decide OpenBLAS's kernels, taken out of the environment: images of containers set them
 * to Haswell's for the sake of old machines, and PyTorch then runs without AVX-512.
 */
export function pythonEnvironment(asked: string | undefined): NodeJS.ProcessEnv {
  const { OPENBLAS_CORETYPE, OPENBLAS_L2_SIZE, ...others } = process.env;
  return asked ? { ...others, OPENBLAS_CORETYPE: asked } : others;
}
