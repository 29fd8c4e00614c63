// Reads and writes a detector as a safetensors file. Tensors hold its numbers and its members' parameters,
// and __metadata__ the rest:
//
//     format      'autoencoder-wasm/anomalies'
//     version     the version of this description: '1'
//     detector    its options and its threshold, as JSON
//     table       for tables: the columns, in the format of src/table/table-file.ts
//     members.0   the options of the first autoencoder, in the format of its own file; and so on
//
// Tensors: columns.* and histograms.*, as in src/anomalies/columns.ts, and the quantiles of the columns'
// scaled values, one column after the other; terms and scores; for each member `members.0.variance`,
// `.typical`, `.mean`, `.whitening`, and its parameters under `members.0.model.`.

import { modelIn } from '../autoencoder.js';
import { badModel } from '../base/errors.js';
import {
  readSafetensors,
  type StoredFile,
  safetensorsPieces,
  type Tensor,
  toFloat32,
  toFloat64,
} from '../files/safetensors.js';
import { methodOptions, record } from '../model/checks.js';
import { readTable, writeTable } from '../table/table-file.js';
import { layoutOf } from './cells.js';
import { BINS } from './columns.js';
import type { Member } from './judge.js';
import type { Learned } from './learn.js';
import { checkDetectorOptions, type DetectorConfig, type DetectorOptions } from './options.js';
import { TERMS, whitener } from './scores.js';
import type { Threshold } from './thresholds.js';

export const DETECTOR_FORMAT = 'autoencoder-wasm/anomalies';
const VERSION = '1';

/** Writes a detector as the pieces of a file. */
export function writeDetector(config: DetectorConfig, learned: Learned): Uint8Array[] {
  const { width, scale, histograms, typicalRarity, members, terms, scores, columns } = learned;
  const tensors = new Map<string, Tensor>();
  const add = (name: string, data: Float32Array | Float64Array, shape: number[] = [data.length]) =>
    tensors.set(name, { data, shape });
  for (const [name, data] of Object.entries(scale)) add(`columns.${name}`, data);
  for (const [name, data] of Object.entries(histograms)) {
    add(`histograms.${name}`, data, data.length === width ? [width] : [width, BINS]);
  }
  add('histograms.typical', typicalRarity);
  add(
    'columns.rows',
    Float32Array.from(columns, ({ rows }) => rows),
  );
  add(
    'columns.lengths',
    Float32Array.from(columns, ({ values }) => values.length),
  );
  const quantiles = columns.flatMap(({ values }) => Array.from(values));
  add('columns.quantiles', Float32Array.from(quantiles));
  const numbers = terms.flatMap(({ floor, median, deviation }) => [floor, median, deviation]);
  add('terms', Float64Array.from(numbers), [TERMS.length, 3]);
  add('scores', scores);
  const metadata: Record<string, string> = { format: DETECTOR_FORMAT, version: VERSION };
  const { workerUrl: _, fastMath: __, ...network } = config.network;
  const { members: count, seed, missing, columns: names } = config;
  const types = Object.fromEntries(config.types);
  const { scored, threshold } = learned;
  metadata.detector = JSON.stringify({
    ...{ members: count, seed, missing, ...(names && { columns: names }) },
    ...(config.types.size > 0 && { types }),
    ...{ network, width, scored },
    threshold: { ...threshold, share: Number.isNaN(threshold.share) ? undefined : threshold.share },
  });
  if (learned.table) metadata.table = writeTable(learned.table.schema);
  for (const [m, { ae, variance, typical, codes }] of members.entries()) {
    const own = readSafetensors(ae.save({ optimizer: false }));
    metadata[`members.${m}`] = own.metadata.get('options') as string;
    add(`members.${m}.variance`, variance);
    add(`members.${m}.typical`, typical);
    add(`members.${m}.mean`, codes.mean);
    add(`members.${m}.whitening`, codes.whitening, [codes.mean.length, codes.mean.length]);
    for (const [name, tensor] of own.tensors) {
      add(`members.${m}.model.${name}`, toFloat32(tensor), [...tensor.shape]);
    }
  }
  return safetensorsPieces(tensors, metadata);
}

/** Reads a detector's file; `options` are those of the machine. */
export function readDetector(
  { tensors, metadata }: StoredFile,
  given: unknown,
): { options: DetectorOptions; learned: Learned } {
  const machine = methodOptions('load', given, ['threads', 'fastMath', 'workerUrl']);
  const format = metadata.get('format');
  if (format !== DETECTOR_FORMAT) {
    const hint = format === 'autoencoder-wasm' ? ': it has a model, for Autoencoder.load' : '';
    throw badModel(`it is not the file of a detector${hint}`);
  }
  const version = metadata.get('version');
  if (version !== VERSION) {
    throw badModel(`its format version is ${version}, and this library reads '${VERSION}'`);
  }
  const said = saidBy(metadata.get('detector'));
  const { width, members: count } = said;
  let read = 0;
  /** A copy of a tensor's numbers, because the caller may change the file's bytes later. */
  const get = (name: string, ...shape: (number | undefined)[]) => {
    const tensor = tensors.get(name);
    if (!tensor) throw badModel(`it has no tensor '${name}'`);
    const fits = tensor.shape.length === shape.length;
    if (!fits || shape.some((size, i) => size !== undefined && size !== tensor.shape[i])) {
      const wanted = shape.map((size) => size ?? '?');
      throw badModel(`'${name}' must have the shape [${wanted}], got [${tensor.shape}]`);
    }
    read++;
    const data = toFloat64(tensor);
    const index = data.findIndex((value) => !Number.isFinite(value));
    if (index >= 0) throw badModel(`'${name}' has ${data[index]} as its number ${index}`);
    return data;
  };
  const above0 = (name: string, data: Float64Array) => {
    if (data.some((value) => value <= 0)) throw badModel(`'${name}' must be above 0`);
    return data;
  };
  const scale = {
    median: get('columns.median', width),
    spread: above0('columns.spread', get('columns.spread', width)),
    mean: get('columns.mean', width),
    deviation: above0('columns.deviation', get('columns.deviation', width)),
  };
  const histograms = {
    rows: Float32Array.from(get('histograms.rows', width)),
    sizes: Float32Array.from(get('histograms.sizes', width)),
    values: Float32Array.from(get('histograms.values', width, BINS)),
    counts: Float32Array.from(get('histograms.counts', width, BINS)),
  };
  if (histograms.sizes.some((size) => !Number.isInteger(size) || size < 0 || size > BINS)) {
    throw badModel(`'histograms.sizes' must be integers from 0 to ${BINS}`);
  }
  const rows = get('columns.rows', width);
  const lengths = get('columns.lengths', width);
  const quantiles = Float32Array.from(get('columns.quantiles', undefined));
  let at = 0;
  const columns = Array.from(rows, (known, j) => {
    const length = lengths[j] as number;
    if (!Number.isInteger(length) || length < 0 || length > known) {
      throw badModel(`'columns.lengths' must be integers from 0 to the rows, got ${length}`);
    }
    const values = quantiles.slice(at, at + length);
    at += length;
    return { values, rows: known };
  });
  if (at !== quantiles.length) {
    throw badModel(`'columns.quantiles' must have ${at} numbers, got ${quantiles.length}`);
  }
  const numbers = get('terms', TERMS.length, 3);
  const terms = TERMS.map((name, t) => {
    const [floor, median, deviation] = numbers.subarray(t * 3, t * 3 + 3);
    if (!(Number(floor) > 0 && Number(deviation) > 0)) {
      throw badModel(`'terms' must have a floor and a deviation above 0 for ${name}`);
    }
    return { floor, median, deviation } as Learned['terms'][number];
  });
  const scores = Float32Array.from(get('scores', undefined));
  if (scores.length === 0) throw badModel("'scores' must have a number");
  const typicalRarity = get('histograms.typical', width);
  const members: Member[] = Array.from({ length: count }, (_, m) => {
    const prefix = `members.${m}.`;
    const options = metadata.get(`members.${m}`);
    if (options === undefined) throw badModel(`its metadata has no members.${m}`);
    const own = new Map(
      [...tensors].flatMap(([name, tensor]) =>
        name.startsWith(`${prefix}model.`) ? [[name.slice(prefix.length + 6), tensor]] : [],
      ),
    );
    read += own.size;
    const file = { format: 'autoencoder-wasm', version: '1', options };
    const stored = { tensors: own, metadata: new Map(Object.entries(file)) };
    const ae = modelIn(stored, machine);
    const { layers } = ae.options;
    if (layers[0] !== width) {
      throw badModel(`members.${m} takes ${layers[0]} columns, and the detector ${width}`);
    }
    const code = layers.at(-1) as number;
    const mean = get(`${prefix}mean`, code);
    const codes = { mean, whitening: get(`${prefix}whitening`, code, code) };
    return {
      ae,
      whiten: whitener(codes, machine),
      variance: above0(`${prefix}variance`, get(`${prefix}variance`, width)),
      typical: get(`${prefix}typical`, width),
      codes,
    };
  });
  if (read !== tensors.size) {
    throw badModel(`it has ${tensors.size} tensors, and a detector like it ${read}`);
  }
  const { options, scored, threshold } = said;
  const written = metadata.get('table');
  const table = written === undefined ? undefined : layoutOf(readTable(written));
  if (table && table.width !== width) {
    throw badModel(`its table has ${table.width} cells a row, and the detector ${width}`);
  }
  return {
    options: { ...options, ...machine } as DetectorOptions,
    learned: {
      ...{ width, scale, histograms, typicalRarity, members, terms },
      ...{ scores, scored, columns, threshold },
      ...(table && { table }),
    },
  };
}

interface Said {
  options: DetectorOptions;
  members: number;
  width: number;
  scored: number;
  threshold: Threshold;
}

/** Parses and checks the metadata `detector`. */
function saidBy(text: string | undefined): Said {
  const fail = (why: string) => badModel(`'detector' in its metadata is wrong: ${why}`);
  if (text === undefined) throw badModel('its metadata has no detector');
  try {
    const parsed = record('detector', JSON.parse(text), [
      ...[
        'members',
        'seed',
        'missing',
        'columns',
        'types',
        'network',
        'width',
        'scored',
        'threshold',
      ],
    ]);
    const { network, width, scored, threshold: given, ...own } = parsed;
    const options = { ...own, ...record('network', network, Object.keys(network as object)) };
    const { members } = checkDetectorOptions(options);
    for (const value of [width, scored]) {
      if (!Number.isInteger(value) || (value as number) < 1) throw new Error(`a count is ${value}`);
    }
    const names = ['threshold', 'method', 'share', 'why'];
    const threshold = record('threshold', given, names);
    if (!Number.isFinite(threshold.threshold)) throw new Error('its threshold is no number');
    return {
      options: options as DetectorOptions,
      members,
      width: width as number,
      scored: scored as number,
      threshold: {
        threshold: threshold.threshold,
        method: threshold.method,
        share: threshold.share ?? Number.NaN,
        why: threshold.why,
      } as Threshold,
    };
  } catch (error) {
    throw fail((error as Error).message);
  }
}
