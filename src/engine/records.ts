// Reads and writes records of assembly/abi.ts in linear memory, by the names of their fields.

import type { Arena } from './memory.js';

/** The byte offset of a field in its record, and its type. */
type Field = readonly [at: number, type: 'i32' | 'u32' | 'f32'];

/** A record of src/generated/abi.ts. */
export type RecordLayout = Readonly<Record<string, Field>>;

/** A value for each field. */
export type Values<L extends RecordLayout> = { readonly [F in keyof L]: number };

const FIELD_BYTES = 4;

export function bytesOf(layout: RecordLayout): number {
  return FIELD_BYTES * Object.keys(layout).length;
}

/** The index of a field in a 32-bit view that starts at the record, for Atomics. */
export function indexOf<L extends RecordLayout>(layout: L, field: keyof L): number {
  return (layout[field] as Field)[0] / FIELD_BYTES;
}

export function writeRecord<L extends RecordLayout>(
  memory: WebAssembly.Memory,
  address: number,
  layout: L,
  values: Values<L>,
): void {
  const view = new DataView(memory.buffer, address, bytesOf(layout));
  for (const [field, place] of Object.entries(layout)) write(view, place, values[field] as number);
}

/** Allocates a record with these values. `what` names it in the error if there is no room. */
export function takeRecord<L extends RecordLayout>(
  arena: Arena,
  layout: L,
  values: Values<L>,
  what: string,
): number {
  const address = arena.take(bytesOf(layout), what);
  writeRecord(arena.memory, address, layout, values);
  return address;
}

export function writeField<L extends RecordLayout>(
  { buffer }: WebAssembly.Memory,
  address: number,
  layout: L,
  field: keyof L,
  value: number,
): void {
  write(new DataView(buffer, address, bytesOf(layout)), layout[field] as Field, value);
}

function write(view: DataView, [at, type]: Field, value: number): void {
  if (type === 'f32') view.setFloat32(at, value, true);
  else view.setInt32(at, value, true); // modulo 2^32: the bits of a u32 are the same
}

export function readField<L extends RecordLayout>(
  { buffer }: WebAssembly.Memory,
  address: number,
  layout: L,
  field: keyof L,
): number {
  const [at, type] = layout[field] as Field;
  const view = new DataView(buffer, address, bytesOf(layout));
  if (type === 'f32') return view.getFloat32(at, true);
  return type === 'u32' ? view.getUint32(at, true) : view.getInt32(at, true);
}
