// The globals that the snippets of docstrings and pages use: data, and variables for results.
// test/node/texts/snippets.test.ts creates the files. What takes time is prepared once; what a snippet may
// change or consume is created anew for each.

import { readFileSync } from 'node:fs';
import * as library from 'autoencoder-wasm';
import * as anomalies from 'autoencoder-wasm/anomalies';
import * as readers from 'autoencoder-wasm/data';
import * as files from 'autoencoder-wasm/node';
import * as onnx from 'autoencoder-wasm/onnx';
import * as series from 'autoencoder-wasm/series';
import * as tables from 'autoencoder-wasm/table';

// Must be called before the first model; a second call returns the same.
files.enableWideSimd();

const MOST_EPOCHS = 3;

/** Trains less, since nothing is measured here: `fit` without `epochs` would take 3,000 steps. */
const { fit } = library.Autoencoder.prototype;
library.Autoencoder.prototype.fit = function (x, options) {
  const epochs = Math.min(options?.epochs ?? MOST_EPOCHS, MOST_EPOCHS);
  return fit.call(this, x, { ...options, epochs: options?.resume ? options.epochs : epochs });
};

const digits = JSON.parse(readFileSync('digits.json', 'utf8'));
const [images, unseen] = [digits.slice(0, 200), digits.slice(200)];
const [header, ...lines] = readFileSync('measures.csv', 'utf8').trim().split('\n');
const measures = lines.map((line) => line.split(',').slice(0, 30).map(Number));
/** With every 9th cell missing. */
const table = measures.map((row, i) =>
  row.map((value, j) => ((30 * i + j) % 9 === 0 ? Number.NaN : value)),
);

const bytes = readFileSync('digits.safetensors');
const stateDict = readFileSync('torch.safetensors');

const load = Float32Array.from({ length: 400 }, (_, i) => Math.sin(i / 4));
const metrics = Array.from(load, (requests, i) => ({ time: 3e5 * i, requests, errors: i % 9 }));
const ofSeries = new series.SeriesDetector({ seed: 0 });
await ofSeries.fit(load, { epochs: 1 });
const bytesOfSeries = ofSeries.save();

/** A table with a missing cell in every 9th row. */
const people = Array.from({ length: 60 }, (_, i) => ({
  age: i % 9 === 0 ? null : 20 + ((i * 7) % 50),
  city: ['Bern', 'Basel', 'Genf'][i % 3],
  member: i % 2 === 0,
  since: new Date(Date.UTC(2015, i, 1 + (i % 20))),
  zip: [3000, 4000, 1200][i % 3],
}));
const ofPeople = new tables.TableAutoencoder({ layers: [8, 2], seed: 0 });
await ofPeople.fit(people, { epochs: 3 });
const bytesOfTable = ofPeople.save();

const ofMeasures = new anomalies.AnomalyDetector({ seed: 0 });
await ofMeasures.fit(measures, { epochs: MOST_EPOCHS });
const bytesOfDetector = ofMeasures.save();

async function* batches() {
  for (let at = 0; at < images.length; at += 100) yield images.slice(at, at + 100);
}
const nothing = () => {};

/** The globals for a snippet. */
export async function globals() {
  const ae = library.Autoencoder.load(bytes);
  const codes = await ae.encode(unseen);
  return {
    ...anomalies,
    detector: anomalies.AnomalyDetector.load(bytesOfDetector),
    bytesOfDetector,
    ...library,
    ...files,
    ...readers,
    ...onnx,
    ...tables,
    people: structuredClone(people),
    t: tables.TableAutoencoder.load(bytesOfTable),
    bytesOfTable,
    ...series,
    ae,
    bytes,
    stateDict,
    images,
    unseen,
    x: images,
    normal: images,
    heldOut: unseen,
    noisyImages: unseen,
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
    load,
    metrics,
    d: series.SeriesDetector.load(bytesOfSeries),
    bytesOfSeries,
    socket: {},
    log: nothing,
    draw: nothing,
    plot: nothing,
    index: nothing,
  };
}
