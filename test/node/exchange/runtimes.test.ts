// ONNX files of this library in ONNX's checker and in the ONNX runtimes, which give the same results.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type Activation, Autoencoder } from '../../../src/index.js';
import { type OnnxPart, toOnnx } from '../../../src/onnx.js';
import { uniform } from '../../support/data.js';
import { ACTIVATIONS } from '../../support/models.js';
import { hasPython, PYTHON, peer } from '../../support/node/require.js';

/** The required tolerance; sums of up to 17 products of numbers near 1 are well within it. */
const TOLERANCE = 1e-5;

const PARTS: OnnxPart[] = ['encoder', 'decoder', 'full'];
/**
 * The shapes take turns, so that each activation is used with one of them; the first activation is used
 * with all.
 */
const SHAPES = [
  [5, 3],
  [17, 9, 2],
  [1, 1],
];
const MODELS = [
  ...ACTIVATIONS.map((activation, i) => [activation, SHAPES[i % SHAPES.length]] as const),
  ...SHAPES.slice(1).map((layers) => [ACTIVATIONS[0], layers] as const),
].map(([activation, layers], i) => {
  const outputActivation = ACTIVATIONS[(i + 1) % ACTIVATIONS.length] as Activation;
  return new Autoencoder({
    layers: layers as number[],
    activation: activation as Activation,
    codeActivation: activation as Activation,
    outputActivation,
    seed: 3,
  });
});
for (const [scale, missing] of [
  ['standard', 'error'],
  ['minmax', 'mask'],
  ['none', 'mask'],
] as const) {
  const ae = new Autoencoder({ layers: [5, 3], scale, missing, seed: 3 });
  await ae.fit(
    uniform(64, 5, 6).map((v, i) => v * 0.5 ** (i % 5)),
    { epochs: 5 },
  );
  MODELS.push(ae);
}
for (const [layers, categories, scale] of [
  [[5, 3], [{ start: 1, size: 3 }], 'standard'],
  [
    [5, 3],
    [
      { start: 0, size: 2 },
      { start: 2, size: 3 },
    ],
    'none',
  ],
  [[5, 3], [{ start: 0, size: 5 }], 'none'],
] as const) {
  const options = { layers, categories, scale, missing: 'mask', seed: 3 } as const;
  const ae = new Autoencoder({ ...options, outputActivation: 'leakyRelu' });
  const rows = Array.from({ length: 64 }, (_, i) => {
    const row = Array.from({ length: 5 }, (_, j) => (i * (j + 1)) % 7);
    for (const { start, size } of categories) {
      row.fill(0, start, start + size);
      row[start + (i % size)] = 1;
    }
    return row;
  });
  await ae.fit(rows, { epochs: 5 });
  MODELS.push(ae);
}
const CASES = MODELS.flatMap((ae) => PARTS.map((part) => ({ ae, part })));

/**
 * Rows for a part of the network, and this library's results. Some values are negative, where activations
 * differ.
 */
function ours(ae: Autoencoder, part: OnnxPart, rows: number) {
  const { layers } = ae.options;
  const width = layers.at(part === 'decoder' ? -1 : 0) as number;
  const x = uniform(rows, width, 5).map((v) => 4 * v - 2);
  if (ae.options.missing === 'mask' && part !== 'decoder') x[1] = Number.NaN;
  const { data, shape } = {
    encoder: () => ae.encodeSync(x),
    decoder: () => ae.decodeSync(x),
    full: () => ae.reconstructSync(x),
  }[part]();
  return { x, width, data, shape };
}

describe.skipIf(!hasPython('onnx'))("ONNX's checker", () => {
  test('accepts every part of every model', () => {
    const folder = mkdtempSync(join(tmpdir(), 'autoencoder-onnx-'));
    try {
      const files = CASES.map(({ ae, part }, i) => {
        const path = join(folder, `${i}.onnx`);
        writeFileSync(path, toOnnx(ae, { part }));
        return path;
      });
      const program = `
import sys, onnx
for path in sys.argv[1:]:
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    shapes = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True).graph
    for end in shapes.input[0], shapes.output[0]:
        dims = end.type.tensor_type.shape.dim
        print(end.name, dims[0].dim_param, dims[1].dim_value)
`;
      const lines = execFileSync(PYTHON, ['-c', program, ...files], { encoding: 'utf8' });
      const expected = CASES.flatMap(({ ae, part }) => {
        const { width, shape } = ours(ae, part, 1);
        return [`input batch ${width}`, `output batch ${shape[1]}`];
      });
      expect(lines.trim().split('\n')).toEqual(expected);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** What both runtimes offer, as far as these tests use it. */
interface Runtime {
  InferenceSession: { create(model: Uint8Array, options?: object): Promise<Session> };
  Tensor: new (type: 'float32', data: Float32Array, dims: number[]) => object;
}
interface Session {
  inputNames: readonly string[];
  outputNames: readonly string[];
  run(feeds: object): Promise<Record<string, { data: Float32Array; dims: readonly number[] }>>;
}

for (const name of ['onnxruntime-node', 'onnxruntime-web']) {
  const path = peer(name);
  describe.skipIf(!path)(name, () => {
    test('gives the same results as this library, for batches of any size', async () => {
      const module = await import(pathToFileURL(path as string).href);
      const { InferenceSession, Tensor } = (
        'default' in module ? module.default : module
      ) as Runtime;
      let largest = 0;
      for (const { ae, part } of CASES) {
        const session = await InferenceSession.create(toOnnx(ae, { part }));
        expect([session.inputNames, session.outputNames]).toEqual([['input'], ['output']]);
        for (const rows of [1, 7]) {
          const { x, width, data, shape } = ours(ae, part, rows);
          const { output } = await session.run({ input: new Tensor('float32', x, [rows, width]) });
          if (!output) throw new Error('there is no output');
          expect(output.dims).toEqual(shape);
          for (const [i, value] of output.data.entries()) {
            largest = Math.max(largest, Math.abs(value - (data[i] as number)));
          }
        }
      }
      console.log(`${name}: ${CASES.length} files, largest difference ${largest}`);
      expect(largest).toBeLessThanOrEqual(TOLERANCE);
    });
  });
}
