import { describe, expect, test } from 'vitest';
import { writeModel } from '../../../src/files/model-file.js';
import { Autoencoder, type AutoencoderOptions, type LoadOptions } from '../../../src/index.js';
import { NO_PREPROCESSING } from '../../../src/model/model.js';
import { Network } from '../../../src/model/network.js';
import { checkModelOptions } from '../../../src/model/options.js';
import { factored, fingerprint, sha256 } from '../../support/data.js';
import {
  type Contents,
  container,
  type Entry,
  f32,
  pack,
  parts,
  unpack,
  withState,
} from '../../support/files.js';
import { ACTIVATIONS, INITS, NETS } from '../../support/models.js';

/** The message without its list of known names, which grows with the library. */
const withoutKnown = (error: Error) => error.message.replace(/ \(known: .*\)$/, '');

async function trained(options: AutoencoderOptions): Promise<Autoencoder> {
  const ae = new Autoencoder(options);
  const width = options.layers?.[0] as number;
  await ae.fit(factored(32, width, 2, 1), { epochs: 2, batchSize: 8 });
  return ae;
}

describe('save and load', () => {
  test.each(NETS)('%j-%j-...: the same bits, options and bytes', async (...layers) => {
    const ae = await trained({ layers, seed: 4 });
    const file = ae.save();
    const loaded = Autoencoder.load(file);
    expect(fingerprint(loaded)).toBe(fingerprint(ae));
    expect(loaded.options).toEqual(ae.options);
    expect(await sha256(loaded.save())).toBe(await sha256(file));
    const x = factored(20, layers[0] as number, 2, 3);
    expect(loaded.reconstructSync(x)).toEqual(ae.reconstructSync(x));
    expect(await loaded.fit(x, { epochs: 2 })).toHaveLength(2);
  });

  test('keep all options of the model, but none of the machine', () => {
    for (const [i, activation] of ACTIVATIONS.entries()) {
      const options = {
        layers: [5, 3],
        activation,
        codeActivation: ACTIVATIONS[(i + 1) % ACTIVATIONS.length] as (typeof ACTIVATIONS)[number],
        outputActivation: ACTIVATIONS[(i + 2) % ACTIVATIONS.length] as (typeof ACTIVATIONS)[number],
        scale: (['none', 'minmax', 'standard'] as const)[i % 3] as 'none',
        missing: (['error', 'mask'] as const)[i % 2] as 'error',
        init: INITS[i % 3] as (typeof INITS)[number],
        tied: i % 2 === 1,
        seed: 2 ** 32 - 1 - i,
      };
      const ae = new Autoencoder({ ...options, threads: 1, fastMath: true });
      expect(ae.options).toEqual(options);
      expect(Autoencoder.load(ae.save()).options).toEqual(options);
      expect(Autoencoder.load(ae.save()).seed).toBe(options.seed);
      expect(Autoencoder.load(ae.save(), { threads: 3 }).threads).toBe(3);
      expect(ae.save()).toEqual(new Autoencoder({ ...options, threads: 2 }).save());
    }
  });

  test('keep tied weights, which must be transposes of each other in the file', async () => {
    const ae = await trained({ layers: [6, 4, 3], tied: true, seed: 2 });
    const bytes = ae.save();
    expect(fingerprint(Autoencoder.load(bytes))).toBe(fingerprint(ae));
    const { header, data } = parts(bytes);
    const [start] = JSON.parse(header)['decoder.1.weight'].data_offsets;
    data[start] = (data[start] as number) ^ 1;
    expect(() => Autoencoder.load(bytes)).toThrow(
      "'decoder.1.weight' must be the transpose of 'encoder.0.weight'",
    );
  });

  test('a saved file has exactly these bytes', async () => {
    const file = new Autoencoder({
      layers: [3, 2],
      codeActivation: 'leakyRelu',
      scale: 'none',
      seed: 7,
    }).save();
    const options =
      '{"layers":[3,2],"activation":"leakyRelu","codeActivation":"leakyRelu",' +
      '"outputActivation":"sigmoid","scale":"none","missing":"error","init":"pytorch","tied":false,"seed":7}';
    const { header, data } = parts(file);
    expect((file.length - data.length) % 8).toBe(0);
    expect(header.trimEnd()).toBe(
      JSON.stringify({
        __metadata__: { format: 'autoencoder-wasm', version: '1', options },
        'encoder.0.weight': { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] },
        'encoder.0.bias': { dtype: 'F32', shape: [2], data_offsets: [24, 32] },
        'decoder.0.weight': { dtype: 'F32', shape: [3, 2], data_offsets: [32, 56] },
        'decoder.0.bias': { dtype: 'F32', shape: [3], data_offsets: [56, 68] },
      }),
    );
    expect(await sha256(file)).toBe(
      '803b8361dd5fde97fc5e7302e799656655c602b5571783c8741523548e6b83e1',
    );
  });

  test('parameters are stored under their names', async () => {
    const ae = await trained({ layers: [6, 13, 5], seed: 2 });
    const stored = Object.fromEntries(unpack(ae.save({ optimizer: false })).tensors);
    expect(Object.keys(stored)).toEqual(Object.keys(ae.parameters));
    for (const [name, { data, shape }] of Object.entries(ae.parameters)) {
      expect(stored[name]).toEqual(f32([...shape], data));
    }
  });

  test.each(['minmax', 'standard'] as const)(
    'keep what scale %s has learned, and the threshold',
    async (scale) => {
      const ae = new Autoencoder({ layers: [4, 2], scale, missing: 'mask', seed: 7 });
      expect(Autoencoder.load(ae.save()).scaler).toBe(undefined);
      expect(Autoencoder.load(ae.save()).missingFill).toBe(undefined);
      const x = factored(40, 4, 2, 1).map((value, i) => 10 * value - (i % 4));
      await ae.fit(x, { epochs: 2 });
      const threshold = await ae.fitThreshold(x, { contamination: 0.1 });
      const loaded = Autoencoder.load(ae.save());
      expect(loaded.scaler).toEqual(ae.scaler);
      expect(loaded.missingFill).toEqual(ae.missingFill);
      expect(loaded.missingFill?.length).toBe(4);
      expect(loaded.scaler?.type).toBe(scale);
      expect(loaded.threshold).toBe(threshold);
      expect(await loaded.reconstruct(x)).toEqual(await ae.reconstruct(x));
      expect(await loaded.isAnomaly(x)).toEqual(await ae.isAnomaly(x));
      expect(await sha256(loaded.save())).toBe(await sha256(ae.save()));
    },
  );

  test('keep what resuming needs, unless optimizer is false', async () => {
    const x = factored(32, 4, 2, 1);
    const ae = new Autoencoder({ layers: [4, 2], scale: 'none', seed: 7 });
    const untrained = ae.save();
    expect(ae.save({ optimizer: false })).toEqual(untrained);
    const groups = (file: Uint8Array) => [
      ...new Set(unpack(file).tensors.map(([name]) => name.replace(/(en|de)coder.*/, ''))),
    ];
    expect(groups(untrained)).toEqual(['']);

    await ae.fit(x, { epochs: 2, batchSize: 8 });
    const { metadata, tensors } = unpack(ae.save());
    expect(Object.fromEntries(metadata).state).toBe('{"steps":8,"epochs":2,"run":{"epochs":2}}');
    expect(groups(ae.save())).toEqual(['', 'state.m.', 'state.v.']);
    const shapes = tensors.map(([, { shape }]) => shape);
    expect(shapes).toEqual([0, 4, 8].flatMap(() => shapes.slice(0, 4)));

    const small = ae.save({ optimizer: false });
    expect(small.length).toBe(untrained.length);
    const loaded = Autoencoder.load(small);
    expect(fingerprint(loaded)).toBe(fingerprint(ae));
    await expect(loaded.fit(x, { resume: true })).rejects.toThrow('there is no run to resume');

    await ae.fit(x, { epochs: 9, earlyStopping: { patience: 9 } });
    expect(groups(ae.save())).toEqual(['', 'state.m.', 'state.v.', 'state.best.', 'state.last.']);
    expect(await sha256(Autoencoder.load(ae.save()).save())).toBe(await sha256(ae.save()));
  });

  test('bad options of save are refused', () => {
    const ae = new Autoencoder({ layers: [3, 2], seed: 7 });
    expect(() => ae.save(1 as never)).toThrow(
      new TypeError('save options must be an object, got 1'),
    );
    expect(() => ae.save({ optimiser: false } as never)).toThrow(
      new TypeError(
        "save options has no 'optimiser'; did you mean 'optimizer'? (known: optimizer)",
      ),
    );
    expect(() => ae.save({ optimizer: 0 } as never)).toThrow(
      new TypeError('optimizer must be true or false, got 0'),
    );
  });

  test('the options property is a copy', () => {
    const ae = new Autoencoder({ layers: [3, 2], seed: 7 });
    ae.options.layers = [4, 1];
    expect(ae.options.layers).toEqual([3, 2]);
  });

  test('save after dispose() is an error', () => {
    const ae = new Autoencoder({ layers: [3, 2], seed: 7 });
    ae.dispose();
    expect(() => ae.save()).toThrow('save was called after dispose()');
  });

  test('save refuses to write a file that load would refuse', () => {
    const config = checkModelOptions({ layers: [3, 2] }, { seed: () => 7, threads: () => 1 });
    const network = new Network(config);
    const model = { config, network, preprocessing: NO_PREPROCESSING, threshold: undefined };
    network.block[network.layers[1]?.biases as number] = Number.NaN;
    expect(() => writeModel(model)).toThrow("'decoder.0.bias' has NaN as its float32 number 0");
  });
});

/** Weights and biases of layers with these widths, all different, under the given names. */
function stateDict(widths: number[], names: string[]): Contents {
  let next = 0;
  const numbers = (count: number) => Array.from({ length: count }, () => ++next / 64);
  const tensors = names.flatMap((name, i): [string, Entry][] => {
    const [inputs, outputs] = widths.slice(i, i + 2) as [number, number];
    return [
      [`${name}.weight`, f32([outputs, inputs], numbers(outputs * inputs))],
      [`${name}.bias`, f32([outputs], numbers(outputs))],
    ];
  });
  return { metadata: [], tensors };
}

const DEEP = [6, 5, 3, 5, 6];
const OURS = ['encoder.0', 'encoder.1', 'decoder.0', 'decoder.1'];

const HOW =
  "the load option names says which tensors are which: { 'encoder.0.weight': '...', " +
  "'encoder.0.bias': '...', 'decoder.0.weight': '...' }, and leaves out all others";

describe('load from PyTorch', () => {
  const namings: Record<string, string[]> = {
    'our names': OURS,
    'a Sequential': ['0', '2', '4', '6'],
    'a Sequential without activations': ['0', '1', '2', '3'],
    'a Sequential beyond 9': ['0', '9', '10', '100'],
    'modules of Sequentials': ['encoder.0', 'encoder.2', 'decoder.0', 'decoder.2'],
    'of DataParallel': OURS.map((name) => `module.${name}`),
    'of torch.compile within Lightning': OURS.map((name) => `model._orig_mod.${name}`),
    'a Sequential within': ['net.0', 'net.2', 'net.4', 'net.6'],
    'Sequentials within modules': [
      ...['encoder.net.0', 'encoder.net.2'],
      ...['decoder.layers.0', 'decoder.layers.3'],
    ],
    'names with numbers': ['encoder.fc1', 'encoder.fc2', 'decoder.fc3', 'decoder.fc4'],
    'names with numbers alone': ['fc1', 'fc2', 'fc3', 'fc10'],
    'names with leading zeros': ['0', '02', '4', '6'],
    'names with underscores': ['encoder_fc1', 'encoder_fc2', 'decoder_fc1', 'decoder_fc2'],
    'short names': ['model.enc1', 'model.enc2', 'model.dec1', 'model.dec2'],
    'blocks of a layer': ['encoder.0.fc', 'encoder.1.fc', 'decoder.0.fc', 'decoder.1.fc'],
    'modules that begin late': ['encoder.1', 'encoder.3', 'decoder.1', 'decoder.3'],
  };
  test.each(Object.entries(namings))('%s', (_, names) => {
    const { tensors } = stateDict(DEEP, names);
    // safetensors' writer for Python sorts by name; any order must be accepted.
    const file = pack({ metadata: [['format', 'pt']], tensors: [...tensors].reverse() });
    const ae = Autoencoder.load(file, { activation: 'tanh', seed: 9, threads: 1 });
    expect(ae.options).toEqual({
      layers: [6, 5, 3],
      activation: 'tanh',
      codeActivation: 'tanh',
      outputActivation: 'sigmoid',
      scale: 'none',
      tied: false,
      missing: 'error',
      init: 'pytorch',
      seed: 9,
    });
    const expected = Object.fromEntries(stateDict(DEEP, OURS).tensors);
    const loaded = Object.fromEntries(
      Object.entries(ae.parameters).map(([name, { data, shape }]) => [name, f32([...shape], data)]),
    );
    expect(loaded).toEqual(expected);
  });

  test('activations as given', () => {
    const ae = Autoencoder.load(pack(stateDict(DEEP, OURS)), {
      activation: 'relu',
      codeActivation: 'linear',
      outputActivation: 'tanh',
    });
    const { activation, codeActivation, outputActivation } = ae.options;
    expect([activation, codeActivation, outputActivation]).toEqual(['relu', 'linear', 'tanh']);
  });

  test('float64 weights are accepted', () => {
    const { tensors } = stateDict([2, 1, 2], ['0', '2']);
    const wide = tensors.map(([name, { shape, data }]): [string, Entry] => {
      const numbers = Float64Array.from(new Float32Array(data.buffer as ArrayBuffer));
      return [name, { dtype: 'F64', shape, data: new Uint8Array(numbers.buffer) }];
    });
    const [a, b] = [tensors, wide].map((of) =>
      Autoencoder.load(pack({ metadata: [], tensors: of }), { activation: 'relu', seed: 1 }),
    );
    expect(fingerprint(a as Autoencoder)).toBe(fingerprint(b as Autoencoder));
  });

  type Edit = (contents: Contents) => void;
  const at = ({ tensors }: Contents, name: string) =>
    tensors.find(([known]) => known === name) as [string, Entry];
  const refused: Record<string, [widths: number[], names: string[], edit: Edit, message: string]> =
    {
      'no tensors': [[], [], () => {}, 'it has no tensors'],
      'widths that do not mirror': [
        [6, 5, 3, 4, 6],
        ['0', '2', '4', '6'],
        () => {},
        'its decoder must mirror its encoder, and the widths of its layers are 6, 5, 3, 4, 6',
      ],
      'an odd number of layers': [
        [6, 3, 3, 6],
        ['0', '2', '4'],
        () => {},
        'its decoder must mirror its encoder, and the widths of its layers are 6, 3, 3, 6',
      ],
      'a decoder with another output width': [
        [6, 5, 3, 4],
        ['encoder.0', 'encoder.2', 'decoder.0'],
        () => {},
        "its decoder must give what its encoder takes, and the widths of its layers are 6, 5, 3, 4; 2 of 3 layers are the encoder's",
      ],
      'an encoder alone': [
        [6, 3],
        ['encoder.0'],
        () => {},
        "its decoder must give what its encoder takes, and the widths of its layers are 6, 3; 1 of 1 layers are the encoder's",
      ],
      'layers that do not fit': [
        DEEP,
        ['0', '2', '6', '4'],
        () => {},
        "'4.weight' has 5 inputs, and the layer before 3 outputs",
      ],
      'names of both kinds': [
        DEEP,
        ['0', '2', 'decoder.0', 'decoder.2'],
        () => {},
        `it has a layer '0' beside the encoder and the decoder, such as 'decoder.0'; ${HOW}`,
      ],
      'another name': [
        DEEP,
        OURS,
        (file) => file.tensors.push(['encoder.1.running_mean', f32([5], [0, 0, 0, 0, 0])]),
        "it has a tensor 'encoder.1.running_mean', of a BatchNorm, which these networks do not have: fold it " +
          'into the layer before it (torch.nn.utils.fusion.fuse_linear_bn_eval) and save the result',
      ],
      'a polluting name': [
        DEEP,
        OURS,
        (file) => file.tensors.push(['__proto__', f32([1], [0])]),
        "it has a tensor '__proto__'; a dense autoencoder has 'encoder.N.weight', " +
          `'encoder.N.bias', 'decoder.N.weight' and 'decoder.N.bias', or 'N.weight' and 'N.bias'; ${HOW}`,
      ],
      'a norm without statistics': [
        DEEP,
        OURS,
        (file) => file.tensors.push(['encoder.3.weight', f32([5], [1, 1, 1, 1, 1])]),
        "'encoder.3.weight' has the shape [5], as that of a BatchNorm or LayerNorm, which these networks " +
          "do not have; a dense layer's has 2 dimensions",
      ],
      'another head': [
        DEEP,
        OURS,
        (file) => file.tensors.push(['classifier.weight', f32([2, 3], [1, 1, 1, 1, 1, 1])]),
        `it has a layer 'classifier' beside the encoder and the decoder, such as 'encoder.0'; ${HOW}`,
      ],
      'another head within': [
        DEEP,
        ['encoder.0', 'encoder.1', 'encoder.mu', 'decoder.0'],
        () => {},
        `its layers 'encoder.0' and 'encoder.mu' are in no order by their names; ${HOW}`,
      ],
      'two layers of one number': [
        DEEP,
        ['0', '1', '01', '2'],
        () => {},
        `its layers '0' and '01' are in no order by their names; ${HOW}`,
      ],
      'pruned weights': [
        DEEP,
        OURS,
        (file) => file.tensors.push(['encoder.0.weight_mask', f32([5, 6], new Float32Array(30))]),
        "it has a tensor 'encoder.0.weight_mask'; a dense autoencoder has 'encoder.N.weight', " +
          `'encoder.N.bias', 'decoder.N.weight' and 'decoder.N.bias', or 'N.weight' and 'N.bias'; ${HOW}`,
      ],
      'no weight': [
        DEEP,
        OURS,
        (file) => file.tensors.splice(2, 1),
        "'encoder.1.bias' has no weight beside it",
      ],
      'a convolution': [
        DEEP,
        OURS,
        (file) => {
          at(file, 'encoder.0.weight')[1].shape = [5, 6, 1, 1];
        },
        "'encoder.0.weight' has the shape [5,6,1,1], and a dense layer's has 2 dimensions",
      ],
      'a bias of two dimensions': [
        DEEP,
        OURS,
        (file) => {
          at(file, 'decoder.0.bias')[1].shape = [1, 5];
        },
        "'decoder.0.bias' must have the shape [5], got [1,5]",
      ],
      'a number beyond float32': [
        DEEP,
        OURS,
        (file) => {
          const entry = at(file, 'decoder.1.bias')[1];
          entry.dtype = 'F64';
          entry.data = new Uint8Array(Float64Array.of(0, 0, 1e39, 0, 0, 0).buffer);
        },
        "'decoder.1.bias' has Infinity as its float32 number 2",
      ],
    };
  test.each(Object.entries(refused))('refuses %s', (_, [widths, names, edit, message]) => {
    const contents = stateDict(widths, names);
    edit(contents);
    expect(() => Autoencoder.load(pack(contents), { activation: 'relu' })).toThrow(
      new RangeError(`bytes is not a valid model: ${message}`),
    );
  });

  test('layers without a bias get zeros', () => {
    const { tensors } = stateDict([6, 3, 6], ['encoder.0', 'decoder.0']);
    const without = tensors.filter(([name]) => name !== 'encoder.0.bias');
    const file = pack({ metadata: [], tensors: without });
    const { parameters } = Autoencoder.load(file, { activation: 'relu' });
    const all = Object.fromEntries(
      Object.entries(parameters).map(([name, { data, shape }]) => [name, f32([...shape], data)]),
    );
    expect(all).toEqual({ ...Object.fromEntries(tensors), 'encoder.0.bias': f32([3], [0, 0, 0]) });
  });

  describe('names', () => {
    const contents = stateDict([6, 3, 6], ['first', 'last']);
    contents.tensors.push(['classifier.running_mean', f32([2], [1, 2])]);
    const names = {
      'encoder.0.weight': 'first.weight',
      'encoder.0.bias': 'first.bias',
      'decoder.0.weight': 'last.weight',
    };
    const load = (given: unknown) =>
      Autoencoder.load(pack(contents), { activation: 'relu', names: given as typeof names });

    test('map the tensors, and leave out all others', () => {
      const { parameters } = load(names);
      const ours = Object.fromEntries(stateDict([6, 3, 6], ['first', 'last']).tensors);
      const numbers = (entry?: Entry) => new Float32Array(entry?.data.buffer as ArrayBuffer);
      for (const [name, theirs] of Object.entries(names)) {
        expect(parameters[name]?.data).toEqual(numbers(ours[theirs]));
      }
      expect(parameters['decoder.0.bias']?.data).toEqual(new Float32Array(6));
    });

    test.each([
      [7, TypeError, 'names must be an object, got 7'],
      [
        { 'encoder.0.weight': 7 },
        TypeError,
        "names['encoder.0.weight'] must be the name of a tensor",
      ],
      [
        { 'first.weight': 'encoder.0.weight' },
        RangeError,
        "names has 'first.weight', and the names of",
      ],
      [
        { ...names, 'decoder.0.bias': 'bias' },
        RangeError,
        "no tensor 'bias'; it has 'first.weight', 'f",
      ],
      [{}, RangeError, 'it has no tensors'],
    ])('%j is refused', (given, kind, message) => {
      expect(() => load(given)).toThrow(kind);
      expect(() => load(given)).toThrow(message);
    });

    test('are refused for files that save has written', () => {
      const own = new Autoencoder({ layers: [6, 3] }).save();
      expect(() => Autoencoder.load(own, { names })).toThrow(
        'names is only for files that save did not',
      );
    });
  });

  test('requires the activation', () => {
    expect(() => Autoencoder.load(pack(stateDict(DEEP, OURS)))).toThrow(
      new TypeError(
        'activation must be given to load: the file has no options (save did not write it), and ' +
          "its activations, such as { activation: 'relu', outputActivation: 'sigmoid' }, are not in it",
      ),
    );
  });
});

describe('a damaged file of this library', () => {
  const good = () => unpack(new Autoencoder({ layers: [3, 2], scale: 'none', seed: 7 }).save());
  const options = (edit: (text: string) => string) => (file: Contents) => {
    (file.metadata[2] as [string, string])[1] = edit(good().metadata[2]?.[1] as string);
  };
  const number = (name: string, index: number, value: number) => (file: Contents) => {
    const [, { data }] = file.tensors.find(([known]) => known === name) as [string, Entry];
    new DataView(data.buffer).setFloat32(4 * index, value, true);
  };
  const notAsWritten = "'options' in its metadata is not written as version '1' writes it";
  const files: Record<string, [edit: (file: Contents) => unknown, message: string]> = {
    'of a later version': [
      (file) => (file.metadata[1] as [string, string]).splice(1, 1, '2'),
      "its format version is '2', and this library reads '1'",
    ],
    'without version': [
      (file) => file.metadata.splice(1, 1),
      "its format version is undefined, and this library reads '1'",
    ],
    'without options': [(file) => file.metadata.splice(2, 1), 'its metadata has no options'],
    'with an unknown key': [
      (file) => file.metadata.push(['constructor', '']),
      "its metadata has an unknown key, 'constructor'",
    ],
    'with options that are not JSON': [
      options((text) => text.slice(1)),
      "'options' in its metadata is not JSON",
    ],
    'with an array for options': [
      options((text) => `[${text}]`),
      "'options' in its metadata is wrong: options must be an object, got Array(1)",
    ],
    'with null for options': [
      options(() => 'null'),
      "'options' in its metadata is wrong: options must be an object, got null",
    ],
    'with an unknown option': [
      options((text) => text.replace('{', '{"threads":1,"speed":2,')),
      "'options' in its metadata is wrong: options has no 'speed'; did you mean 'seed'?",
    ],
    'with __proto__ among its options': [
      options((text) => text.replace('{', '{"__proto__":{},')),
      "'options' in its metadata is wrong: options has no '__proto__'; did you mean 'code'?",
    ],
    'with options such as threads': [
      options((text) => text.replace('{', '{"threads":1,')),
      notAsWritten,
    ],
    'with an option twice': [
      options((text) => text.replace('"seed":7', '"seed":8,"seed":7')),
      notAsWritten,
    ],
    'with a missing option': [
      options((text) => text.replace('"init":"pytorch",', '')),
      notAsWritten,
    ],
    'with a seed of another kind': [
      options((text) => text.replace('"seed":7', '"seed":"7"')),
      "'options' in its metadata is wrong: seed must be an integer from 0 to 4294967295, got '7'",
    ],
    'without seed': [options((text) => text.replace(',"seed":7', '')), notAsWritten],
    'with an unknown activation': [
      options((text) => text.replace('sigmoid', 'sigmoit')),
      `'options' in its metadata is wrong: outputActivation must be one of ${ACTIVATIONS.map((name) => `'${name}'`).join(', ')}, got 'sigmoit'; did you mean 'sigmoid'?`,
    ],
    'with options beyond the limit': [
      options((text) => text.padEnd(3_500_001)),
      "'options' in its metadata has 3500001 characters, and may have 3500000",
    ],
    'with fewer layers than in its options': [
      options((text) => text.replace('[3,2]', '[3,2,2]')),
      'it has 4 tensors, and 3 layers take 8',
    ],
    'with layers of other widths': [
      options((text) => text.replace('[3,2]', '[2,3]')),
      "'encoder.0.weight' must have the shape [3,2], got [2,3]",
    ],
    'with layers as wide as memory': [
      options((text) => text.replace('[3,2]', '[16777216,16777216]')),
      "'encoder.0.weight' must have the shape [16777216,16777216], got [2,3]",
    ],
    'with a transposed weight': [
      (file) => file.tensors[0]?.[1].shape.reverse(),
      "'encoder.0.weight' must have the shape [2,3], got [3,2]",
    ],
    'with another tensor': [
      (file) => file.tensors.push(['state.step', f32([1], [1])]),
      'it has 5 tensors, and 2 layers take 4',
    ],
    'with a renamed tensor': [
      (file) => (file.tensors[1] as [string, Entry]).splice(0, 1, 'encoder.1.bias'),
      "it has no tensor 'encoder.0.bias'",
    ],
    'with NaN among its weights': [
      number('decoder.0.weight', 5, Number.NaN),
      "'decoder.0.weight' has NaN as its float32 number 5",
    ],
    'with an infinite bias': [
      number('encoder.0.bias', 0, Number.NEGATIVE_INFINITY),
      "'encoder.0.bias' has -Infinity as its float32 number 0",
    ],
  };
  test.each(Object.entries(files))('%s', (_, [edit, message]) => {
    const contents = good();
    edit(contents);
    const prefix = 'bytes is not a valid model: ';
    let error: unknown;
    try {
      Autoencoder.load(pack(contents));
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(RangeError);
    expect(withoutKnown(error as Error)).toBe(prefix + message);
  });

  const scaled = () => {
    const ae = new Autoencoder({ layers: [3, 2], scale: 'minmax', missing: 'mask', seed: 7 });
    const text = JSON.stringify(ae.options);
    const contents = unpack(ae.save());
    contents.metadata = [...contents.metadata.slice(0, 2), ['options', text], ['threshold', '0.5']];
    contents.tensors.push(
      ['scaler.offset', f32([3], [0, 1, 2])],
      ['scaler.factor', f32([3], [1, 1, 1])],
      ['missing.fill', f32([3], [0.5, 0.5, 0.5])],
    );
    return contents;
  };
  const scaledFiles: Record<string, [edit: (file: Contents) => unknown, message: string]> = {
    'with half a scaler': [(file) => file.tensors.splice(5, 1), "it has no tensor 'scaler.factor'"],
    'with a scaler of another width': [
      (file) => (file.tensors[4] as [string, Entry]).splice(1, 1, f32([2], [0, 1])),
      "'scaler.offset' must have the shape [3], got [2]",
    ],
    'with a factor of zero': [
      number('scaler.factor', 1, 0),
      "'scaler.factor' must be above 0, and number 1 is 0",
    ],
    'with an infinite offset': [
      number('scaler.offset', 2, Infinity),
      "'scaler.offset' has Infinity as its float32 number 2",
    ],
    'with a scaler and no scale': [
      options((text) => text),
      'it has 7 tensors, and 2 layers take 4',
    ],
    ...Object.fromEntries(
      ['-1', 'NaN', 'Infinity', '00.5', '', 'null'].map((text) => [
        `with '${text}' for a threshold`,
        [
          (file: Contents) => (file.metadata[3] as [string, string]).splice(1, 1, text),
          `its threshold must be a number at least 0, got '${text}'`,
        ],
      ]),
    ),
  };
  test.each(Object.entries(scaledFiles))('%s', (_, [edit, message]) => {
    expect(Autoencoder.load(pack(scaled())).threshold).toBe(0.5);
    const contents = scaled();
    edit(contents);
    expect(() => Autoencoder.load(pack(contents))).toThrow(
      new RangeError(`bytes is not a valid model: ${message}`),
    );
  });

  /** A file with all possible parts of a training state. */
  const trainedFile = () => withState(good(), ['best', 'last']);
  const state = (edit: (text: string) => string) => (file: Contents) => {
    const entry = file.metadata.at(-1) as [string, string];
    entry[1] = edit(entry[1]);
  };
  const stateFiles: Record<string, [edit: (file: Contents) => unknown, message: string]> = {
    'without moments': [
      (file) => file.tensors.splice(4, 8),
      'it has 12 tensors, and 2 layers and their training take 20',
    ],
    'with moments and no state': [
      (file) => file.metadata.pop(),
      'it has 20 tensors, and 2 layers take 4',
    ],
    'with a moment of another shape': [
      (file) => file.tensors[4]?.[1].shape.reverse(),
      "'state.m.encoder.0.weight' must have the shape [2,3], got [3,2]",
    ],
    'with a part of the best parameters': [
      (file) => (file.tensors[13] as [string, Entry]).splice(0, 1, 'state.best.encoder.1.bias'),
      "it has no tensor 'state.best.encoder.0.bias'",
    ],
    'with best parameters but no best epoch': [
      state((text) => text.replace(/,"best":\{.*?\}/, '')),
      'it has tensors of a best epoch, and its state knows of none',
    ],
    'with NaN among its moments': [
      number('state.m.decoder.0.bias', 2, Number.NaN),
      "'state.m.decoder.0.bias' has NaN as its float32 number 2",
    ],
    'with NaN among its last parameters': [
      number('state.last.decoder.0.bias', 2, Number.NaN),
      "'state.last.decoder.0.bias' has NaN as its float32 number 2",
    ],
    'with a mean of squares below zero': [
      number('state.v.encoder.0.bias', 1, -1),
      "'state.v.encoder.0.bias' has means of squares, and -1 as number 1",
    ],
    'with a state that is not JSON': [
      state((text) => text.slice(1)),
      "'state' in its metadata is not JSON",
    ],
    'with a negative number of steps': [
      state((text) => text.replace('"steps":3', '"steps":-3')),
      "'state' in its metadata is wrong: steps must be an integer from 0 to 2147483647, got -3",
    ],
    'without a run': [
      state((text) => text.replace(/,"run".*/, '}')),
      "'state' in its metadata is wrong: run must be an object, got undefined",
    ],
    'with __proto__ in its state': [
      state((text) => text.replace('{', '{"__proto__":{},')),
      "'state' in its metadata is wrong: state has no '__proto__'; did you mean 'epochs'?",
    ],
    'with a best epoch of zero': [
      state((text) => text.replace('"epoch":1', '"epoch":0')),
      "'state' in its metadata is wrong: best.epoch must be an integer from 1 to 2147483647, got 0",
    ],
    'with a loss that is not a number': [
      state((text) => text.replace('"loss":0.5', '"loss":null')),
      "'state' in its metadata is wrong: best.loss must not be null; use undefined for the default",
    ],
    'with steps twice': [
      state((text) => text.replace('{', '{"steps":4,')),
      "'state' in its metadata is not written as version '1' writes it",
    ],
  };
  test.each(Object.entries(stateFiles))('%s', (_, [edit, message]) => {
    const file = pack(trainedFile());
    expect(unpack(Autoencoder.load(file).save())).toEqual(trainedFile());
    const contents = trainedFile();
    edit(contents);
    let error: unknown;
    try {
      Autoencoder.load(pack(contents));
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(RangeError);
    const prefix = 'bytes is not a valid model: ';
    expect(withoutKnown(error as Error)).toBe(prefix + message);
  });

  test('the unedited file is loaded', () => {
    expect(Autoencoder.load(pack(good())).seed).toBe(7);
  });

  test('a file that is not safetensors is reported as such', () => {
    expect(() => Autoencoder.load(container('{}').subarray(0, 9))).toThrow(
      new RangeError(
        'bytes is not a safetensors file that can be read: its header would have 2 bytes, and 1 are there',
      ),
    );
  });
});

describe("load's options", () => {
  const file = new Autoencoder({ layers: [3, 2], scale: 'none', seed: 7 }).save();
  const bad: [options: unknown, error: Error][] = [
    [5, new TypeError('load options must be an object, got 5')],
    [{ thread: 1 }, new TypeError("load options has no 'thread'; did you mean 'threads'?")],
    [{ threads: 0 }, new RangeError('threads must be an integer from 1 to 256, got 0')],
    [
      { outputActivation: 'relu' },
      new RangeError("outputActivation is 'sigmoid' in the file, got 'relu'"),
    ],
    [{ seed: 8 }, new RangeError('seed is 7 in the file, got 8')],
  ];
  test.each(bad)('%j', (options, expected) => {
    let error: unknown;
    try {
      Autoencoder.load(file, options as LoadOptions);
    } catch (thrown) {
      error = thrown;
    }
    expect((error as Error).constructor).toBe(expected.constructor);
    expect(withoutKnown(error as Error)).toBe(expected.message);
  });

  test('may repeat what the file contains', () => {
    expect(Autoencoder.load(file, { seed: 7, activation: 'leakyRelu' }).seed).toBe(7);
  });
});
