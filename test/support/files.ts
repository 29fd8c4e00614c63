// Writes files by hand, independently of src/'s own writer, for the tests of the container and of models.

/** A safetensors file with this header, written unchanged, and these data. */
export function container(
  header: string | Uint8Array,
  data: ArrayLike<number> = [],
  length?: bigint,
): Uint8Array<ArrayBuffer> {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const file = new Uint8Array(8 + text.length + data.length);
  new DataView(file.buffer).setBigUint64(0, length ?? BigInt(text.length), true);
  file.set(text, 8);
  file.set(data, 8 + text.length);
  return file;
}

/** The header and the data of a file. */
export function parts(file: Uint8Array): { header: string; data: Uint8Array } {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const header = new TextDecoder().decode(file.subarray(8, 8 + length));
  return { header, data: file.subarray(8 + length) };
}

export interface Entry {
  dtype: string;
  shape: number[];
  /** Little-endian. */
  data: Uint8Array;
}

/** The contents of a valid file, in file order. */
export interface Contents {
  metadata: [string, string][];
  tensors: [string, Entry][];
}

export function unpack(file: Uint8Array): Contents {
  const { header, data } = parts(file);
  const { __metadata__, ...entries } = JSON.parse(header);
  return {
    metadata: Object.entries(__metadata__ ?? {}),
    tensors: Object.entries(entries as Record<string, never>).map(([name, entry]) => {
      const { dtype, shape, data_offsets } = entry as Omit<Entry, 'data'> & {
        data_offsets: [number, number];
      };
      return [name, { dtype, shape, data: data.slice(...data_offsets) }];
    }),
  };
}

/** Writes every name and every value, including duplicates. */
export function pack({ metadata, tensors }: Contents): Uint8Array<ArrayBuffer> {
  const member = (name: string, text: string) => `${JSON.stringify(name)}:${text}`;
  const strings = metadata.map(([key, value]) => member(key, JSON.stringify(value)));
  const members = strings.length > 0 ? [`"__metadata__":{${strings.join()}}`] : [];
  let end = 0;
  for (const [name, { dtype, shape, data }] of tensors) {
    const data_offsets = [end, end + data.length];
    end += data.length;
    members.push(member(name, JSON.stringify({ dtype, shape, data_offsets })));
  }
  const data = new Uint8Array(end);
  let at = 0;
  for (const [, entry] of tensors) {
    data.set(entry.data, at);
    at += entry.data.length;
  }
  return container(`{${members.join()}}`, data);
}

/** A tensor of float32 values. */
export function f32(shape: number[], numbers: ArrayLike<number>): Entry {
  return { dtype: 'F32', shape, data: new Uint8Array(Float32Array.from(numbers).buffer) };
}

/** A model's file as training would leave it, here with the parameters in place of moments and blocks. */
export function withState(
  { metadata, tensors }: Contents,
  extra: readonly ('best' | 'last')[],
): Contents {
  const best = extra.includes('best') ? ',"best":{"epoch":1,"loss":0.5}' : '';
  const state = `{"steps":3,"epochs":2,"run":{"epochs":1${best}}}`;
  const copies = ['m', 'v', ...extra].flatMap((group) =>
    tensors
      .filter(([name]) => /coder/.test(name))
      .map(([name, { dtype, shape, data }]): [string, Entry] => {
        const copy = data.slice();
        // Clears the sign bit, which is in the last byte of each value.
        if (group === 'v')
          for (let i = 3; i < copy.length; i += 4) copy[i] = (copy[i] as number) & 127;
        return [`state.${group}.${name}`, { dtype, shape: [...shape], data: copy }];
      }),
  );
  return { metadata: [...metadata, ['state', state]], tensors: [...tensors, ...copies] };
}
