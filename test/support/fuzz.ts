// Damaged model files, and what load may do with them: reject with a RangeError that says why, or return
// the model that a plain reading of the file gives.

import fc from 'fast-check';
import { Autoencoder } from '../../src/index.js';
import { generator } from './data.js';
import {
  type Contents,
  container,
  type Entry,
  f32,
  pack,
  parts,
  unpack,
  withState,
} from './files.js';
import { ACTIVATIONS, INITS } from './models.js';

export class Tally {
  cases = 0;
  accepted = 0;
  readonly refused = new Map<string, number>();

  /** Loads a file, and asserts that the result is right. Returns whether the file was accepted. */
  try(file: Uint8Array): boolean {
    this.cases++;
    let ae: Autoencoder;
    try {
      ae = Autoencoder.load(file, isOurs(file) ? {} : { activation: 'relu' });
    } catch (error) {
      const kind = kindOf(error);
      this.refused.set(kind, (this.refused.get(kind) ?? 0) + 1);
      return false;
    }
    const difference = whereItDiffers(Uint8Array.from(file), ae);
    if (difference)
      throw new Error(`a bad file was accepted: ${difference}\n${JSON.stringify(latin1(file))}`);
    this.accepted++;
    return true;
  }

  toString(): string {
    const kinds = [...this.refused].sort((a, b) => b[1] - a[1]);
    const lines = kinds.map(([kind, count]) => `${String(count).padStart(7)}  ${kind}`);
    const refused = kinds.reduce((sum, [, count]) => sum + count, 0);
    return [
      `${this.cases} cases: ${this.accepted} accepted, ${refused} refused; 0 crashes, 0 bad files accepted`,
      ...lines,
    ].join('\n');
  }
}

/** One character per byte. */
const latin1 = (file: Uint8Array) => String.fromCharCode(...file);

const isOurs = (file: Uint8Array) => /"format":\s*"autoencoder-wasm"/.test(latin1(file));

/**
 * The message without the parts that differ from file to file. Any error that is not ours is a crash, and
 * is rethrown.
 */
function kindOf(error: unknown): string {
  const prefix =
    /^bytes is not a (safetensors file that can be read|valid model): ('\w+' in its metadata is wrong)?/;
  const { message } = error as Error;
  const match = prefix.exec(message);
  if (!(error instanceof RangeError) || !match) throw error;
  if (match[2]) return match[2];
  return message
    .slice(match[0].length)
    .replace(/'(?:[^']|'(?![ ;:,]|$))*'/g, "'...'")
    .replace(/0x[0-9a-f]+/g, '../..')
    .replace(/\[[\d, ]*\]/g, '[...]')
    .replace(/(?<![-\w])\d+(, \d+)*/g, '#')
    .replace(/must have .* at byte/, 'must have ... at byte')
    .replace(/got .*$/, 'got ...');
}

const sorted = (record: object) => Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));

/** Compares a model with a plain reading of its file. Returns undefined if they agree. */
function whereItDiffers(file: Uint8Array, ae: Autoencoder): string | undefined {
  const { header, data } = parts(file);
  // Only whitespace between tokens may differ from what JSON.parse read, so no key is duplicated.
  const compact = header.replace(/("(?:[^"\\]|\\.)*")|\s+/g, '$1');
  const strings = (text: string) =>
    text.replace(/\\u00(..)/g, (_, hex) => String.fromCharCode(Number(`0x${hex}`)));
  if (JSON.stringify(JSON.parse(header)) !== strings(compact))
    return 'its header says things twice';
  const { __metadata__: metadata, ...entries } = JSON.parse(header);
  if (metadata?.format === 'autoencoder-wasm') {
    if (metadata.version !== '1') return 'its version';
    if (metadata.options !== JSON.stringify(ae.options)) return 'its options';
    // Everything except the parameters can be seen in the file that the model saves.
    const saved = unpack(ae.save());
    if (
      JSON.stringify(sorted(metadata)) !==
      JSON.stringify(sorted(Object.fromEntries(saved.metadata)))
    )
      return 'its metadata';
    const tensors = Object.fromEntries(saved.tensors);
    if (Object.keys(entries).sort().join() !== Object.keys(tensors).sort().join())
      return 'the names of its tensors';
    for (const name of Object.keys(entries).filter((known) => known.startsWith('state.'))) {
      const { data_offsets, dtype } = entries[name];
      const bytes = data.slice(...(data_offsets as [number, number]));
      const numbers =
        dtype === 'F64'
          ? new Float32Array(new Float64Array(bytes.buffer))
          : new Float32Array(bytes.buffer);
      const same = new Uint8Array(numbers.buffer).join() === tensors[name]?.data.join();
      if (!same) return name;
    }
  }
  const isParameter = (name: string) => !name.startsWith('state.');
  // Sorts numbers in names by value, and weights before biases: the order of ae.parameters.
  const order = (name: string) => {
    const [, module, index, kind] = /^(\w+\.)?(\d+)\.(\w+)$/.exec(name) as unknown as string[];
    return (module === 'decoder.' ? 2e9 : 0) + 2 * Number(index) + (kind === 'bias' ? 1 : 0);
  };
  const names = Object.keys(entries)
    .filter(isParameter)
    .sort((a, b) => order(a) - order(b));
  const parameters = Object.values(ae.parameters);
  if (names.length !== parameters.length) return 'its number of tensors';
  for (const [i, name] of names.entries()) {
    const { dtype, shape, data_offsets } = entries[name];
    const [begin, end] = data_offsets as [number, number];
    const copy = data.slice(begin, end).buffer;
    const numbers = dtype === 'F64' ? new Float64Array(copy) : new Float32Array(copy);
    if (dtype !== 'F32' && dtype !== 'F64') return `the dtype of ${name}`;
    const { data: loaded, shape: expected } = parameters[i] as {
      data: Float32Array;
      shape: number[];
    };
    if (shape.join() !== expected.join() || numbers.length !== loaded.length)
      return `the shape of ${name}`;
    for (let j = 0; j < numbers.length; j++) {
      const value = Math.fround(numbers[j] as number);
      if (!Number.isFinite(value) || !Object.is(value, loaded[j])) return `${name}[${j}]`;
    }
  }
  // No overlaps or gaps: the lengths add up to the data's length, and no two tensors share an offset.
  const offsets = Object.values(entries).map(
    (entry) => (entry as { data_offsets: [number, number] }).data_offsets,
  );
  const bytes = offsets.reduce((sum, [begin, end]) => sum + end - begin, 0);
  const begins = new Set(offsets.map(([begin]) => begin));
  if (bytes !== data.length || begins.size !== offsets.length) return 'where its tensors lie';
  return undefined;
}

/** Real files of different kinds, small enough that flipped bits often hit their headers. */
export function realFiles(): Uint8Array<ArrayBuffer>[] {
  const ours = [
    new Autoencoder({ layers: [3, 2], seed: 7 }).save(),
    new Autoencoder({ layers: [5, 3, 2], seed: 4294967295, activation: 'elu', init: 'he' }).save(),
    new Autoencoder({ layers: [1, 1], seed: 0, outputActivation: 'linear' }).save(),
  ];
  const renamed = ['0', '2', '4', '6'].flatMap((index) => [`${index}.weight`, `${index}.bias`]);
  const { tensors } = unpack(ours[1] as Uint8Array);
  const fromPyTorch = pack({
    metadata: [['format', 'pt']],
    tensors: tensors.map(([, entry], i) => [renamed[i] as string, entry]),
  });
  const trained = pack(withState(unpack(ours[0] as Uint8Array), ['best', 'last']));
  return [...ours, fromPyTorch, trained];
}

/** Bytes that have a meaning in a header, and some that have none. */
const BYTES = [...'{}[]",:0193- \t\\eE.u'].map((c) => c.charCodeAt(0)).concat(0, 0x7f, 0xc3, 0xff);

function concat(...all: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(all.flatMap((bytes) => [...bytes]));
}

/** Flips, overwrites, cuts, repeats and moves bytes of real files. */
export function damageBytes(cases: number, tally: Tally): void {
  const random = generator(cases);
  const below = (n: number) => Math.floor(random() * n);
  const files = realFiles();
  for (let i = 0; i < cases; i++) {
    let file = (files[below(files.length)] as Uint8Array<ArrayBuffer>).slice();
    for (let times = 1 + below(3) * below(2); times > 0; times--) {
      const [at, to] = [below(file.length), below(file.length)];
      const length = Math.min(1 + below(64), file.length - at);
      const range = file.subarray(at, at + length);
      const edits: (() => Uint8Array<ArrayBuffer>)[] = [
        () => file.fill((file[at] as number) ^ (1 << below(8)), at, at + 1),
        () => file.fill(BYTES[below(BYTES.length)] as number, at, at + 1),
        () => file.fill(below(256), at, at + 1),
        () => file.fill(below(256), Math.min(at, 7), Math.min(file.length, 8)), // the header's length
        () => file.subarray(0, at),
        () => concat(file.subarray(0, at), file.subarray(at + length)),
        () => concat(file.subarray(0, to), range, file.subarray(to)),
        () => concat(file.subarray(0, at), range, file.subarray(at)),
        () => concat(file, range),
        () => file.copyWithin(to, at, at + length),
      ];
      // Mostly flips, since they leave a file nearly valid.
      file = (edits[below(2) ? below(3) : below(edits.length)] as () => Uint8Array<ArrayBuffer>)();
      if (file.length === 0) break;
    }
    tally.try(file);
  }
}

/** Edits that do not change the model. */
const HARMLESS: Record<string, (contents: Contents) => Contents> = {
  'another order': ({ metadata, tensors }) => ({ metadata, tensors: [...tensors].reverse() }),
  'a wider type': ({ metadata, tensors: [first, ...others] }) => {
    const [name, { shape, data }] = first as [string, Entry];
    const numbers = Float64Array.from(new Float32Array(data.slice().buffer));
    const wide = { dtype: 'F64', shape, data: new Uint8Array(numbers.buffer) };
    return { metadata, tensors: [...others, [name, wide]] };
  },
};

const HOSTILE_NAMES = ['__proto__', 'constructor', 'toString', '', '__metadata__2', 'state.step'];

type Harm = (contents: Contents, at: number, number: number) => Contents;
const tensor = (edit: (entry: Entry, number: number) => Partial<Entry>): Harm => {
  return ({ metadata, tensors }, at, number) => ({
    metadata,
    tensors: tensors.map(([name, entry], i) =>
      i === at % tensors.length ? [name, { ...entry, ...edit(entry, number) }] : [name, entry],
    ),
  });
};
const tensors = (
  edit: (all: Contents['tensors'], at: number, number: number) => Contents['tensors'],
): Harm => {
  return ({ metadata, tensors }, at, number) => ({
    metadata,
    tensors: edit(tensors, at % tensors.length, number),
  });
};
const metadata = (
  edit: (all: Contents['metadata'], number: number) => Contents['metadata'],
): Harm => {
  return ({ metadata, tensors }, _, number) => ({ metadata: edit(metadata, number), tensors });
};
const floats = (value: number) =>
  tensor(({ dtype, data }, number) => {
    const copy = data.slice();
    const view = new DataView(copy.buffer);
    const size = dtype === 'F64' ? 8 : 4;
    const at = size * (number % (data.length / size));
    if (size === 8) view.setFloat64(at, value, true);
    else view.setFloat32(at, value, true);
    return { data: copy };
  });
const options = (edit: (all: Record<string, unknown>, number: number) => unknown): Harm =>
  metadata((all, number) =>
    all.map(([key, value]) =>
      key === 'options' ? [key, JSON.stringify(edit(JSON.parse(value), number))] : [key, value],
    ),
  );

/** Edits after which a file must not load, whatever other edits are made. */
const HARMFUL: Record<string, Harm> = {
  NaN: floats(Number.NaN),
  Infinity: floats(Number.POSITIVE_INFINITY),
  'a mean of squares below zero': ({ metadata, tensors }, at) => {
    const squares = tensors.filter(([name]) => name.startsWith('state.v.'));
    const [name] = squares[at % squares.length] ?? ['state.v.encoder.0.bias'];
    const others = tensors.filter(([known]) => known !== name);
    const shape = squares[at % squares.length]?.[1].shape ?? [1];
    const count = shape.reduce((product, size) => product * size, 1);
    return { metadata, tensors: [...others, [name, f32(shape, Array(count).fill(-1))]] };
  },
  'a state that says otherwise': metadata((all, n) => [
    ...all.filter(([key]) => key !== 'state'),
    ['state', `{"steps":${-1 - n},"epochs":2,"run":{"epochs":1}}`],
  ]),
  'a dimension more': tensor(({ shape }) => ({ shape: [...shape, 1] })),
  'a larger dimension': tensor(({ shape }, n) => ({
    shape: shape.map((d, i) => d + (i ? 0 : n + 1)),
  })),
  'a huge dimension': tensor(({ shape }) => ({ shape: shape.map(() => 2 ** 53 - 1) })),
  'no dimension': tensor(({ data }) => ({ shape: data.length > 8 ? [] : [2 ** 40] })),
  'another dtype': tensor(({ dtype }) => ({ dtype: dtype === 'F64' ? 'F32' : 'F64' })),
  'an unknown dtype': tensor((_, n) => ({ dtype: HOSTILE_NAMES[n % 6] as string })),
  'fewer bytes': tensor(({ data }) => ({ data: data.subarray(1) })),
  'more bytes': tensor(({ data }) => ({ data: new Uint8Array(data.length + 4) })),
  'a missing tensor': tensors((all, at) => all.filter((_, i) => i !== at)),
  'a tensor twice': tensors((all, at) => [...all, all[at] as (typeof all)[number]]),
  'another tensor': tensors((all, at) => [...all, ['encoder.9.bias', all[at]?.[1] as Entry]]),
  'a hostile tensor': tensors((all, _, n) => [
    ...all,
    [HOSTILE_NAMES[n % 6] as string, f32([1], [1])],
  ]),
  'a hostile name': tensors((all, at, n) =>
    all.map(([name, entry], i) => [i === at ? (HOSTILE_NAMES[n % 6] as string) : name, entry]),
  ),
  'another version': metadata((all, n) =>
    all.map(([key, value]) => [key, key === 'version' ? `${n + 2}` : value]),
  ),
  'a missing key': metadata((all, n) => all.filter((_, i) => i !== 1 + (n % 2))),
  'a key twice': metadata((all, n) => [...all, all[n % 3] as [string, string]]),
  'an unknown key': metadata((all, n) => [...all, [HOSTILE_NAMES[n % 6] as string, '']]),
  'a missing option': options((all, n) =>
    Object.fromEntries(Object.entries(all).filter((_, i) => i !== n % 6)),
  ),
  'an unknown option': options((all, n) => ({ ...all, [HOSTILE_NAMES[n % 4] as string]: {} })),
  'a reordered option': options(({ layers, ...others }) => ({ ...others, layers })),
  'an option of another kind': options((all, n) => ({
    ...all,
    [Object.keys(all)[n % 6] as string]: null,
  })),
  'other layers': options((all, n) => ({ ...all, layers: [...(all.layers as number[]), n + 1] })),
  'huge layers': options((all) => ({
    ...all,
    layers: (all.layers as number[]).map(() => 2 ** 24),
  })),
};

/** Edits files of random models: any number of harmless edits, and at most one harmful one. */
export function editFiles(cases: number, tally: Tally): void {
  const name = (of: object) => fc.constantFrom(...Object.keys(of));
  const files = fc.record({
    model: fc.record({
      layers: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 2, maxLength: 4 }),
      seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      activation: fc.constantFrom(...ACTIVATIONS),
      init: fc.constantFrom(...INITS),
    }),
    // Whether the model was trained, and which states its file has.
    trained: fc.option(fc.subarray(['best', 'last'] as ('best' | 'last')[])),
    harmless: fc.subarray(Object.keys(HARMLESS)),
    harmful: fc.option(name(HARMFUL), { freq: 4 }),
    at: fc.nat(100),
    number: fc.nat(100),
    indent: fc.boolean(),
    escaped: fc.boolean(),
  });
  const property = fc.property(
    files,
    ({ model, trained, harmless, harmful, at, number, indent, escaped }) => {
      let contents = unpack(new Autoencoder(model).save());
      if (trained) contents = withState(contents, trained);
      for (const edit of harmless)
        contents = (HARMLESS[edit] as (c: Contents) => Contents)(contents);
      if (harmful) contents = (HARMFUL[harmful] as Harm)(contents, at, number);
      let file = pack(contents);
      // JSON.parse would drop duplicates.
      if (indent && !harmful) {
        const { header, data } = parts(file);
        file = container(JSON.stringify(JSON.parse(header), null, '\t'), data);
      }
      if (escaped) {
        const { header, data } = parts(file);
        file = container(header.replace('encoder.0', '\\u0065ncoder.0'), data);
      }
      const accepted = tally.try(file);
      if (accepted !== !harmful)
        throw new Error(`${harmful ?? 'a good file'}: accepted is ${accepted}`);
    },
  );
  fc.assert(property, { numRuns: cases, seed: cases, endOnFailure: false });
}
