/** Debian's Python, for which PyTorch is available as a package. */
export const PYTHON = '/usr/bin/python3';

/**
 * Takes the variables that decide OpenBLAS's kernels out of the environment. Container images set them to
 * Haswell's for the sake of old machines, and PyTorch then runs without AVX-512.
 */
export function pythonEnvironment(asked: string | undefined): NodeJS.ProcessEnv {
  const { OPENBLAS_CORETYPE, OPENBLAS_L2_SIZE, ...others } = process.env;
  return asked ? { ...others, OPENBLAS_CORETYPE: asked } : others;
}
