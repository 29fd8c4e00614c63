// Models to and from PyTorch, including the round trip of docs/files.md.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Autoencoder } from '../../../src/index.js';
import { rowsOf, uniform } from '../../support/data.js';
import { ACTIVATIONS } from '../../support/models.js';
import { ROOT, runIn } from '../../support/node/child.js';
import { hasPython, PYTHON } from '../../support/node/require.js';

/** On outputs in [0, 1]. */
const TOLERANCE = 1e-5;

/**
 * Stands for the Python module of this name, for which Debian has no package. It implements the format from
 * https://huggingface.co/docs/safetensors.
 */
const SAFETENSORS_TORCH = `
import json, struct
import torch

TYPES = {"F32": torch.float32, "F64": torch.float64, "F16": torch.float16, "BF16": torch.bfloat16}

def load_file(path):
    data = open(path, "rb").read()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + length])
    header.pop("__metadata__", None)
    body = bytearray(data[8 + length:])
    return {name: torch.frombuffer(body, dtype=TYPES[entry["dtype"]], offset=entry["data_offsets"][0],
                                   count=torch.Size(entry["shape"]).numel()).reshape(entry["shape"])
            for name, entry in header.items()}

def save_file(tensors, path):
    header, body = {}, b""
    names = {dtype: name for name, dtype in TYPES.items()}
    for name, tensor in sorted(tensors.items()):
        data = bytes(tensor.contiguous().view(torch.uint8).flatten().tolist())
        header[name] = {"dtype": names[tensor.dtype], "shape": list(tensor.shape),
                        "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    open(path, "wb").write(struct.pack("<Q", len(text)) + text + body)
`;

const PROGRAM = `
import json, sys
import torch
from safetensors.torch import TYPES, load_file, save_file
from torch import nn

LAYERS = {"relu": nn.ReLU, "leakyRelu": nn.LeakyReLU, "elu": nn.ELU, "tanh": nn.Tanh,
          "sigmoid": nn.Sigmoid, "softplus": nn.Softplus, "silu": nn.SiLU, "gelu": nn.GELU, "linear": nn.Identity}

class Model(nn.Module):
    def __init__(self, widths, activations):
        super().__init__()
        depth = len(widths) // 2
        linear = [nn.Linear(i, o) for i, o in zip(widths, widths[1:])]
        self.encoder = nn.ModuleList(linear[:depth])
        self.decoder = nn.ModuleList(linear[depth:])
        self.activations = [LAYERS[name]() for name in activations]

    def forward(self, x):
        for layer, activation in zip([*self.encoder, *self.decoder], self.activations):
            x = activation(layer(x))
        return x

def sequential(widths, activations):
    pairs = zip(widths, widths[1:], activations)
    return nn.Sequential(*[m for i, o, name in pairs for m in (nn.Linear(i, o), LAYERS[name]())])

torch.manual_seed(0)
for job in json.load(sys.stdin):
    x = torch.tensor(job["x"])
    with torch.no_grad():
        if job["from"] == "us":
            model = Model(job["widths"], job["activations"])
            model.load_state_dict(load_file(job["path"]))
        elif job["from"] == "modules":
            model = Model(job["widths"], job["activations"])
            save_file(model.state_dict(), job["path"])
        else:
            model = sequential(job["widths"], job["activations"])
            dtype = TYPES[job["from"]]
            model = model.to(dtype)
            save_file(model.state_dict(), job["path"])
            model = model.float()
        print(json.dumps(model(x).tolist()))
`;

const WIDTH = 17;
const ROWS = 20;
const X = uniform(ROWS, WIDTH, 6);
/** Every activation within the network; the output is in [0, 1]. */
const MODELS = ACTIVATIONS.map((activation, i) => {
  const codeActivation = ACTIVATIONS[(i + 1) % ACTIVATIONS.length] as typeof activation;
  return {
    layers: [WIDTH, 9, 4],
    activation,
    codeActivation,
    outputActivation: 'sigmoid' as const,
  };
});

describe.skipIf(!hasPython('torch'))('PyTorch', () => {
  const folder = mkdtempSync(join(tmpdir(), 'autoencoder-pytorch-'));
  mkdirSync(join(folder, 'safetensors'));
  writeFileSync(join(folder, 'safetensors/torch.py'), SAFETENSORS_TORCH);
  afterAll(() => rmSync(folder, { recursive: true }));

  const python = (program: string, input = '') =>
    execFileSync(PYTHON, ['-c', program], {
      cwd: folder, // where Python looks for modules
      input,
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });

  const SAVED = ['modules', 'F32', 'F64', 'F16', 'BF16'];
  const path = (from: string, i: number) => join(folder, `${from}-${i}.safetensors`);

  const ours = MODELS.map((options) => new Autoencoder({ ...options, seed: 1 }));
  /** The outputs of PyTorch for X with each of MODELS, by the origin of the file. */
  const theirs = new Map<string, Float32Array[]>();

  // One process for all models, since torch takes seconds to load.
  beforeAll(async () => {
    for (const [i, ae] of ours.entries()) {
      await ae.fit(X, { epochs: 5, batchSize: 5 });
      writeFileSync(path('us', i), ae.save({ optimizer: false }));
    }
    const x = rowsOf(X, WIDTH).map((row) => [...row]);
    const jobs = ['us', ...SAVED].flatMap((from) =>
      MODELS.map(({ layers, activation, codeActivation, outputActivation }, i) => ({
        from,
        path: path(from, i),
        widths: [...layers, ...layers.slice(0, -1).reverse()],
        activations: [activation, codeActivation, activation, outputActivation],
        x,
      })),
    );
    const lines = python(PROGRAM, JSON.stringify(jobs)).trim().split('\n');
    expect(lines).toHaveLength(jobs.length);
    for (const [i, line] of lines.entries()) {
      const from = jobs[i]?.from as string;
      const outputs = Float32Array.from((JSON.parse(line) as number[][]).flat());
      theirs.set(from, [...(theirs.get(from) ?? []), outputs]);
    }
  });

  function largestDifference(ours: Autoencoder[], theirs: Float32Array[], x = X): number {
    expect(theirs.length).toBe(ours.length);
    return Math.max(
      ...ours.flatMap((ae, i) => {
        const { data } = ae.reconstructSync(x);
        expect(theirs[i]?.length).toBe(data.length);
        return Array.from(data, (value, j) => Math.abs(value - (theirs[i]?.[j] as number)));
      }),
    );
  }

  test('loads files of this library into a module, by name', () => {
    const largest = largestDifference(ours, theirs.get('us') as Float32Array[]);
    console.log(`to PyTorch: largest difference ${largest}`);
    expect(largest).toBeLessThanOrEqual(TOLERANCE);
  });

  test.each(SAVED)('writes files that this library loads: %s', (from) => {
    const models = MODELS.map(({ layers: _, ...activations }, i) =>
      Autoencoder.load(readFileSync(path(from, i)), activations),
    );
    const largest = largestDifference(models, theirs.get(from) as Float32Array[]);
    console.log(`from PyTorch, ${from}: largest difference ${largest}`);
    expect(largest).toBeLessThanOrEqual(TOLERANCE);
  });

  test('runs the example of docs/files.md, and its state dict is loaded', async () => {
    const page = readFileSync(join(ROOT, 'docs/files.md'), 'utf8');
    const code = (language: string) =>
      new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(page)?.[1] as string;
    const x = uniform(ROWS, 784, 3);
    const ae = new Autoencoder({ layers: [784, 64], seed: 2 });
    await ae.fit(x, { epochs: 2 });
    writeFileSync(join(folder, 'for-pytorch.safetensors'), ae.save({ optimizer: false }));
    const input = JSON.stringify(rowsOf(x, 784).map((row) => [...row]));
    const print = 'import json, sys; print(model(torch.tensor(json.load(sys.stdin))).tolist())';
    const theirs = (JSON.parse(python(`${code('python')}\n${print}`, input)) as number[][]).flat();
    expect(largestDifference([ae], [Float32Array.from(theirs)], x)).toBeLessThanOrEqual(TOLERANCE);

    const ours = code('js').replace(/'autoencoder-wasm(.*?)'/g, (_, name) =>
      JSON.stringify(new URL(`../../../src${name || '/index'}.ts`, import.meta.url)),
    );
    const program = `
      const ae = await loadFile('for-pytorch.safetensors');
      ${ours}
      const numbers = (model) => Object.values(model.parameters).map(({ data }) => data);
      const all = [ae, same, loaded, fromPyTorch].map((model) => Buffer.from(numbers(model).join()));
      const differing = all.filter((numbers) => !numbers.equals(all[0])).length;
      console.log(JSON.stringify({ differing, onnx: onnx.length > 4 * 784 * 64 }));`;
    const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', program];
    const { stdout } = await runIn(folder, process.execPath, args);
    expect(JSON.parse(stdout)).toEqual({ differing: 0, onnx: true });
  });
});
