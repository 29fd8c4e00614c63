// Finds which of the other libraries are installed, and their versions.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { PYTHON, pythonEnvironment } from './python.js';

export const NAMES = {
  ours: 'autoencoder-wasm',
  /** The same library in a Node with wide vectors. */
  wide: 'autoencoder-wasm, wide vectors',
  pytorch: 'PyTorch',
  tfjs: 'tfjs (wasm)',
  jax: 'jax-js (wasm)',
  ortNode: 'onnxruntime-node',
  ortWeb: 'onnxruntime-web',
};
export type Library = keyof typeof NAMES;

/** PyTorch describes itself after it has multiplied two matrices, which loads its BLAS. */
const ASK_PYTORCH = `
import torch
torch.rand(64, 64) @ torch.rand(64, 64)
files = {line.split()[-1] for line in open("/proc/self/maps") if "/" in line}
blas = sorted("/".join(f.split("/")[-2:]) for f in files if "blas" in f.lower() or "mkl" in f.lower())
print(torch.__version__ + " on " + (", ".join(blas) or "its own BLAS"))
`;

/** Node 24's V8, the first whose compiler turns our 128-bit vectors into wide ones. */
const FIRST_WIDE_V8 = 13;

/**
 * Returns the versions of the libraries that can be run, and calls `warn` with the reason for each that
 * cannot. With `node`, a path, this library also runs in that Node with wide vectors.
 */
export function findPeers(
  warn: (text: string) => void,
  node: string | undefined,
): Map<Library, string> {
  const own = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const found = new Map<Library, string>([['ours', own.version]]);
  if (node) {
    const { stdout } = spawnSync(node, ['-p', 'process.version + " " + process.versions.v8'], {
      encoding: 'utf8',
    });
    const [version, v8 = ''] = (stdout ?? '').trim().split(' ');
    if (!(Number.parseInt(v8, 10) >= FIRST_WIDE_V8)) {
      throw new Error(`--node must be the path of Node 24 or newer, got '${node}' (${version})`);
    }
    found.set('wide', `${own.version}, Node ${version}, V8 ${v8}`);
  }
  const packages: [Library, string][] = [
    ['tfjs', '@tensorflow/tfjs-backend-wasm'],
    ['jax', '@jax-js/jax'],
    ['ortNode', 'onnxruntime-node'],
    ['ortWeb', 'onnxruntime-web'],
  ];
  for (const [library, name] of packages) {
    const file = new URL(`node_modules/${name}/package.json`, import.meta.url);
    if (existsSync(file)) found.set(library, JSON.parse(readFileSync(file, 'utf8')).version);
    else warn(`${NAMES[library]} is not installed: npm ci --ignore-scripts --prefix bench/peers`);
  }
  try {
    const said = execFileSync(PYTHON, ['-c', ASK_PYTORCH], {
      encoding: 'utf8',
      env: pythonEnvironment(undefined),
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    found.set('pytorch', said);
    if (/ on blas\/libblas/.test(said)) {
      warn(
        "PyTorch uses Debian's reference BLAS, ten times slower than OpenBLAS: " +
          'apt-get install libopenblas0-pthread',
      );
    }
  } catch {
    warn('PyTorch is not installed: apt-get install python3-torch libopenblas0-pthread');
  }
  return found;
}
