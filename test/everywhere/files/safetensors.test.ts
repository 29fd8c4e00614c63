import { describe, expect, test } from 'vitest';
import {
  joined,
  readSafetensors,
  safetensorsPieces,
  toFloat32,
} from '../../../src/files/safetensors.js';

const writeSafetensors = (...file: Parameters<typeof safetensorsPieces>) =>
  joined(safetensorsPieces(...file));

import { container } from '../../support/files.js';

/** Bytes whose slice() shares their memory, like a Buffer of Node. */
class Sharing extends Uint8Array<ArrayBuffer> {
  override slice(start?: number, end?: number): Uint8Array<ArrayBuffer> {
    return this.subarray(start, end);
  }
}

/** A header entry, to build headers with holes, overlaps and the like. */
const entry = (begin: number, end: number, shape = [(end - begin) / 4], dtype = 'F32') =>
  `{"dtype":"${dtype}","shape":[${shape}],"data_offsets":[${begin},${end}]}`;
const zeros = (count: number) => new Uint8Array(count);

describe('writing', () => {
  test('a file too large for one array is refused, with advice on what to do', () => {
    const pieces = [{ length: 2 ** 52 }, { length: 5 }] as unknown as Uint8Array[];
    expect(() => joined(pieces)).toThrow(
      /^the model's file has 4503599627370501 bytes, more than one array can have here: save\(\{ opt.*saveFile/,
    );
  });

  const tensors = new Map([
    ['b', { data: Float32Array.of(1, -2), shape: [2, 1] }],
    ['a', { data: Float32Array.of(0.5), shape: [1] }],
  ]);

  test('gives exactly these bytes', () => {
    const header =
      '{"__metadata__":{"k":"\\"v\\""},"b":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},' +
      '"a":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}';
    expect(header.length).toBe(139); // padded with spaces to a multiple of 8
    const data = [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 0, 0, 0, 0x3f];
    expect(writeSafetensors(tensors, { k: '"v"' })).toEqual(container(header.padEnd(144), data));
  });

  test('a written file is read unchanged, at any address', () => {
    const file = writeSafetensors(tensors, { k: '"v"' });
    const places = [0, 1, 2, 3].flatMap((offset) => [
      new Uint8Array(file.length + offset).subarray(offset),
      new Sharing(new ArrayBuffer(file.length + offset)).subarray(offset),
    ]);
    for (const moved of places) {
      moved.set(file);
      const { tensors: read, metadata } = readSafetensors(moved);
      expect([...metadata]).toEqual([['k', '"v"']]);
      expect([...read.keys()]).toEqual(['b', 'a']);
      for (const [name, { data, shape }] of tensors) {
        const stored = read.get(name) as NonNullable<ReturnType<typeof read.get>>;
        expect(stored.shape).toEqual(shape);
        expect(toFloat32(stored)).toEqual(data);
      }
    }
  });

  test('names such as __proto__ are ordinary names', () => {
    const names = ['__proto__', 'constructor', 'toString'];
    const some = names.map((name) => [name, { data: Float32Array.of(1), shape: [] }] as const);
    const { tensors } = readSafetensors(writeSafetensors(new Map(some), {}));
    expect([...tensors.keys()]).toEqual(names);
    expect(({} as Record<string, unknown>).dtype).toBeUndefined();
  });

  test('more names than can be read are refused', () => {
    const one = { data: Float32Array.of(1), shape: [1] };
    const many = new Map(Array.from({ length: 16_384 }, (_, i) => [`${i}`, one]));
    expect(() => writeSafetensors(many, {})).toThrow(
      new RangeError('a file can have 65536 names, 65537 are needed'),
    );
    many.delete('0');
    expect(readSafetensors(writeSafetensors(many, {})).tensors.size).toBe(16_383);
  });
});

describe('files of other writers', () => {
  const good: Record<string, [header: string, data: number, names: string[]]> = {
    'no tensor': ['{}', 0, []],
    'whitespace wherever JSON has it': [
      `{ "a"\t:\n{ "dtype" : "F32" ,"shape": [ 1 , 1 ],\r"data_offsets":[ 0,4 ] } } \n `,
      4,
      ['a'],
    ],
    'any order of keys, and of data': [
      `{"a":{"data_offsets":[4,8],"shape":[1],"dtype":"F32"},"b":${entry(0, 4)}}`,
      8,
      ['a', 'b'],
    ],
    'escapes in names': [`{"\\u00e9\\n":${entry(0, 4)},"é":${entry(4, 8)}}`, 8, ['é\n', 'é']],
    'empty tensors and scalars': [
      `{"a":${entry(0, 0, [3, 0])},"b":${entry(0, 4, [])},"c":${entry(4, 4, [0])}}`,
      4,
      ['a', 'b', 'c'],
    ],
  };
  test.each(Object.entries(good))('%s', (_, [header, bytes, names]) => {
    const { tensors } = readSafetensors(container(header, zeros(bytes)));
    expect([...tensors.keys()]).toEqual(names);
  });

  test.each([
    ['F64', new Float64Array([1, -0.1, 1e300]), [1, Math.fround(-0.1), Infinity]],
    [
      'F16',
      new Uint16Array([0x3c00, 0xc000, 0x0001, 0x83ff, 0x7bff, 0x7c00, 0xfc00, 0x8000, 0x2e66]),
      // The last one is torch.tensor(0.1).half().
      [1, -2, 2 ** -24, -1023 * 2 ** -24, 65504, Infinity, -Infinity, -0, 0.0999755859375],
    ],
    ['F16', new Uint16Array([0x7e00]), [Number.NaN]],
    [
      'BF16',
      new Uint16Array([0x3f80, 0xc000, 0x8000, 0x7f80, 0x3dcd]),
      [1, -2, -0, Infinity, 0.10009765625],
    ],
  ])('%s is read as float32', (dtype, values, expected) => {
    for (const pad of ['', ' ', '  ', '   ']) {
      const header = `{"a":${entry(0, values.byteLength, [values.length], dtype)}}${pad}`;
      const { tensors } = readSafetensors(container(header, new Uint8Array(values.buffer)));
      const stored = tensors.get('a') as NonNullable<ReturnType<typeof tensors.get>>;
      expect(toFloat32(stored)).toEqual(Float32Array.from(expected));
    }
  });
});

describe('refused files', () => {
  const a = `"a":${entry(0, 4)}`;
  const utf8 = (text: string) => new TextEncoder().encode(text);
  const files: Record<string, [file: Uint8Array, reason: string]> = {
    nothing: [zeros(0), "it has 0 bytes, and the header's length alone 8"],
    'cut in the length': [zeros(7), "it has 7 bytes, and the header's length alone 8"],
    'cut in the header': [
      container(`{${a}}`, zeros(4)).subarray(0, 20),
      'its header would have 54 bytes, and 12 are there',
    ],
    'cut in the data': [
      container(`{${a}}`, zeros(3)),
      "'a' ends at byte 4 of the data, which has 3",
    ],
    'a header beyond the limit': [
      container('{}', zeros(0), 4_000_001n),
      'its header would have 4000001 bytes, and may have 4000000',
    ],
    'a header of 2^53 bytes and more': [
      container('{}', zeros(0), 2n ** 64n - 1n),
      'its header would have 18446744073709552000 bytes, and may have 4000000',
    ],
    'a header beyond the file': [
      container('{}', zeros(0), 3n),
      'its header would have 3 bytes, and 2 are there',
    ],
    'no header': [container(''), "its header does not begin with '{'"],
    'a byte order mark': [container('\ufeff{}'), "its header does not begin with '{'"],
    'a space before the header': [container(' {}'), "its header does not begin with '{'"],
    'an array': [container('[]'), "its header does not begin with '{'"],
    'a header that ends early': [container('{'), 'its header must have " at byte 1, got the end'],
    'something after the header': [
      container('{}}'),
      'its header must have the end at byte 2, got byte 0x7d',
    ],
    'a zero byte as padding': [
      container('{}\0'),
      'its header must have the end at byte 2, got byte 0x00',
    ],
    'a trailing comma': [
      container(`{${a},}`, zeros(4)),
      'its header must have " at byte 54, got byte 0x7d',
    ],
    'a missing comma': [
      container(`{${a}${a}}`, zeros(4)),
      'its header must have , or } at byte 53, got byte 0x22',
    ],
    'no value': [container('{"a"}'), 'its header must have : at byte 4, got byte 0x7d'],
    'a string for an entry': [
      container('{"a":"b"}'),
      'its header must have { at byte 5, got byte 0x22',
    ],
    'invalid UTF-8': [
      container(Uint8Array.of(...utf8('{"'), 0xc3, 0x28, ...utf8('":{}}'))),
      'its header is not UTF-8',
    ],
    'an overlong zero': [
      container(Uint8Array.of(...utf8('{"'), 0xc0, 0x80, ...utf8('":{}}'))),
      'its header is not UTF-8',
    ],
    'a control character in a name': [
      container('{"a\n":{}}'),
      'its header must have " at byte 3, got byte 0x0a',
    ],
    'half a surrogate pair': [
      container('{"\\ud800":{}}'),
      "its header has an escape that means nothing in '\\ud800'",
    ],
    'an unknown escape': [
      container('{"\\x41":{}}'),
      "its header has an escape that means nothing in '\\x41'",
    ],
    'a name that does not end': [
      container('{"a\\"'),
      'its header must have " at byte 5, got the end',
    ],
    'the same name twice': [container(`{${a},${a}}`, zeros(4)), "the header has 'a' twice"],
    'the same name twice, once escaped': [
      container(`{${a},"\\u0061":${entry(4, 8)}}`, zeros(8)),
      "the header has 'a' twice",
    ],
    '__proto__ twice': [
      container(`{"__proto__":${entry(0, 4)},"__proto__":${entry(4, 8)}}`, zeros(8)),
      "the header has '__proto__' twice",
    ],
    'two shapes': [
      container('{"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}', zeros(4)),
      "'a' has 'shape' twice",
    ],
    'two metadata': [
      container('{"__metadata__":{},"__metadata__":{}}'),
      "the header has '__metadata__' twice",
    ],
    'a metadata key twice': [
      container('{"__metadata__":{"k":"1","k":"2"}}'),
      "__metadata__ has 'k' twice",
    ],
    'a number in the metadata': [
      container('{"__metadata__":{"k":1}}'),
      'its header must have " at byte 21, got byte 0x31',
    ],
    'null for metadata': [
      container('{"__metadata__":null}'),
      'its header must have { at byte 16, got byte 0x6e',
    ],
    'an unknown key': [
      container('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}', zeros(4)),
      "'a' has an unknown key, 'x'",
    ],
    '__proto__ in an entry': [
      container('{"a":{"__proto__":{"dtype":"F32"},"shape":[1],"data_offsets":[0,4]}}', zeros(4)),
      "'a' has an unknown key, '__proto__'",
    ],
    'no dtype': [
      container('{"a":{"shape":[1],"data_offsets":[0,4]}}', zeros(4)),
      "'a' must have dtype, shape and data_offsets",
    ],
    'integers of 64 bits': [
      container(`{"a":${entry(0, 8, [1], 'I64')}}`, zeros(8)),
      "'a' has the dtype 'I64', and only F32, F64, F16, BF16 can be read",
    ],
    'a dtype named like a property of Object': [
      container(`{"a":${entry(0, 4, [1], 'toString')}}`, zeros(4)),
      "'a' has the dtype 'toString', and only F32, F64, F16, BF16 can be read",
    ],
    'a dtype too wide for its bytes': [
      container(`{"a":${entry(0, 4, [1], 'F64')}}`, zeros(4)),
      "'a' needs 8 bytes for [1] F64, and has 4",
    ],
    'a shape too large for its bytes': [
      container(`{"a":${entry(0, 4, [2])}}`, zeros(4)),
      "'a' needs 8 bytes for [2] F32, and has 4",
    ],
    'a shape of 2^53 elements and more': [
      container(`{"a":${entry(0, 4, [4294967296, 4294967296])}}`, zeros(4)),
      "the shape of 'a', [4294967296, 4294967296], is too large",
    ],
    'a shape that would be 0 modulo 2^64': [
      container(`{"a":${entry(0, 0, [2 ** 32, 2 ** 32, 2 ** 32, 2 ** 32])}}`),
      "the shape of 'a', [4294967296, 4294967296, 4294967296, 4294967296], is too large",
    ],
    'a dimension beyond 2^53': [
      container('{"a":{"dtype":"F32","shape":[9007199254740993],"data_offsets":[0,4]}}', zeros(4)),
      "the shape of 'a' must be integers from 0 to 9007199254740991",
    ],
    'a dimension of 30 digits': [
      container(`{"a":{"dtype":"F32","shape":[${'1'.repeat(30)}],"data_offsets":[0,4]}}`, zeros(4)),
      "the shape of 'a' must be integers from 0 to 9007199254740991",
    ],
    ...Object.fromEntries(
      ['-1', '01', '', '"1"', '[1]', 'null', '+1'].map((text) => [
        `the dimension ${text}`,
        [
          container(`{"a":{"dtype":"F32","shape":[1,${text}],"data_offsets":[0,4]}}`, zeros(4)),
          "the shape of 'a' must be integers from 0 to 9007199254740991",
        ],
      ]),
    ),
    ...Object.fromEntries(
      ['1.0', '1e0'].map((text) => [
        `the dimension ${text}`,
        [
          container(`{"a":{"dtype":"F32","shape":[${text}],"data_offsets":[0,4]}}`, zeros(4)),
          `its header must have , or ] at byte 30, got byte 0x${text.charCodeAt(1).toString(16)}`,
        ],
      ]),
    ),
    'nine dimensions': [
      container(`{"a":${entry(0, 4, Array(9).fill(1))}}`, zeros(4)),
      "the shape of 'a' has more than 8 numbers",
    ],
    'one offset': [
      container('{"a":{"dtype":"F32","shape":[1],"data_offsets":[4]}}', zeros(4)),
      "the data_offsets of 'a' must be [begin, end], got [4]",
    ],
    'three offsets': [
      container('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}', zeros(4)),
      "the data_offsets of 'a' must be [begin, end], got [0, 4, 4]",
    ],
    'an end before its beginning': [
      container('{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}', zeros(4)),
      "the data_offsets of 'a' must be [begin, end], got [4, 0]",
    ],
    'the same data twice': [
      container(`{${a},"b":${entry(0, 4)}}`, zeros(4)),
      "'b' overlaps another tensor",
    ],
    'an overlap': [
      container(`{"b":${entry(4, 12)},${a},"c":${entry(8, 16)}}`, zeros(16)),
      "'c' overlaps another tensor",
    ],
    'a hole': [
      container(`{${a},"b":${entry(8, 12)}}`, zeros(12)),
      "there is a hole in the data before 'b'",
    ],
    'a hole at the start': [
      container(`{"a":${entry(4, 8)}}`, zeros(8)),
      "there is a hole in the data before 'a'",
    ],
    'bytes after the data': [container(`{${a}}`, zeros(6)), '2 bytes follow the last tensor'],
    'an empty tensor beyond the data': [
      container(`{"a":${entry(4, 4, [0])}}`),
      "'a' ends at byte 4 of the data, which has 0",
    ],
    'too many names': [
      container(`{${Array.from({ length: 65_537 }, (_, i) => `"${i}":${entry(0, 0)}`)}}`),
      'its header has more than 65536 names',
    ],
  };
  test.each(Object.entries(files))('%s', (_, [file, reason]) => {
    expect(() => readSafetensors(file)).toThrow(
      new RangeError(`bytes is not a safetensors file that can be read: ${reason}`),
    );
  });

  test.each([
    [
      'PK\x03\x04\x00\x00\x08\x08',
      /^it is a zip archive, such as torch\.save writes.*save_file\(torch\.load/,
    ],
    ['\x80\x02\x8a\nl\xfc\x9cF', /^it is a pickle, such as torch\.save writes/],
    ['\x80\x04\x95\x00\x01\x00\x00\x00', /^it is a pickle; convert/],
    ['\x1f\x8b\x08\x00\x01\x02\x03\x04', /^it is gzip-compressed/],
    // As gzip -n writes it: without a time, its first bytes could be the length of a header.
    ['\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x01', /^it is gzip-compressed/],
    ['\x89HDF\r\n\x1a\n', /^it is an HDF5 file/],
    ['\x93NUMPY\x01\x00', /^it is an array of NumPy/],
    ['5.1,3.5,1.4,0.2\n', /^it is text, such as CSV: data, not a model$/],
  ])('a file of another format is recognised: %j', (text, reason) => {
    const expected = new RegExp(
      `^bytes is not a safetensors file that can be read: ${reason.source.slice(1)}`,
    );
    for (const length of [64, 600_000]) {
      const file = text.padEnd(length, '1');
      const bytes = Uint8Array.from(file, (character) => character.charCodeAt(0));
      expect(() => readSafetensors(bytes)).toThrow(expected);
    }
  });

  test.each([
    [undefined, 'undefined'],
    ['file', "'file'"],
    [new Float32Array(8), 'Float32Array(8)'],
    [[1, 2], 'Array(2)'],
  ])('%s, which is not an array of bytes', (value, shown) => {
    expect(() => readSafetensors(value)).toThrow(
      new TypeError(`bytes must be a Uint8Array or an ArrayBuffer, got ${shown}`),
    );
  });
});
