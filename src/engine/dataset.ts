import { MAX_BYTES, tooLarge } from '../base/memory-limit.js';
import { timeSlices } from '../base/slices.js';
import { mention, worded } from '../base/wording.js';
import { nonFiniteError, type Overlap, type RowSource, type SparseReader } from '../data/matrix.js';
import { requireNoInfinity } from '../data/missing.js';
import * as abi from '../generated/abi.js';
import type { Scaler } from '../model/model.js';
import {
  type Demands,
  NO_DEMANDS,
  requireCategories,
  requireEntries,
  requireUnitRange,
} from './demands.js';
import type { Engine } from './kernels.js';
import { type Arena, reserve } from './memory.js';
import { takeRecord, type Values, writeField } from './records.js';

/** Rows in linear memory, in their cheapest form. */
export interface Dataset {
  /** The address of a Dataset of assembly/abi.ts. */
  readonly address: number;
  readonly rows: number;
}

const NOT_SCALED = { offsets: 0, factors: 0 };

/** How many rows are sampled, evenly spread, to choose the format. */
const SAMPLE_ROWS = 256;
/**
 * Rows with a smaller share of non-zeros than this are compressed. The first layer then reads only the
 * non-zeros, which pays off up to this density (assembly/kernels/gemm.ts). A compressed byte takes 3 bytes,
 * a compressed float 6 instead of 4.
 */
const SPARSE_DENSITY = 0.5;
/**
 * Up to this width, compressed rows have 16-bit columns. Wider rows have 32-bit columns, if they arrive
 * compressed.
 */
const NARROW_WIDTH = 65536;
/** Rows are read in blocks of about this size, so that the calling thread is never blocked for long. */
const BLOCK_BYTES = 1 << 20;

/**
 * Writes a description of the rows at `values`. Batches that are not compressed use such a description,
 * too.
 */
export function describeRows(
  arena: Arena,
  format: 'bytes' | 'floats',
  width: number,
  values: number,
): number {
  const rowBytes = format === 'bytes' ? width : 4 * width;
  return describe(arena, {
    format: format === 'bytes' ? abi.BYTES : abi.FLOATS,
    ...{ width, values, rowBytes, starts: 0 },
    ...NOT_SCALED,
  });
}

/** Space for a number of compressed rows, which is packed again for each piece. */
export interface SparseRoom {
  /** The address of a Dataset of assembly/abi.ts. */
  readonly address: number;
  readonly width: number;
  /** The number of entries and of rows that fit. */
  readonly entries: number;
  readonly rows: number;
  /** The entries before packing: their columns, their values, and where each row ends. */
  readonly columns: number;
  readonly numbers: number;
  readonly ends: number;
  readonly starts: number;
  readonly values: number;
}

export function takeSparseRoom(
  arena: Arena,
  width: number,
  rows: number,
  entries: number,
): SparseRoom {
  const what = 'a batch';
  const isWide = width > NARROW_WIDTH;
  const columns = arena.take(entries * 4, what);
  const numbers = arena.take(entries * 4, what);
  const ends = arena.take(rows * 4, what);
  const starts = arena.take((rows + 1) * 4, what);
  const values = arena.take(entries * (isWide ? 8 : 6), what);
  const format = isWide ? abi.WIDE_FLOATS : abi.SPARSE_FLOATS;
  const address = describe(arena, { format, width, values, rowBytes: 0, starts, ...NOT_SCALED });
  return { address, width, entries, rows, columns, numbers, ends, starts, values };
}

/**
 * Packs as many rows, starting at `from`, as fit, but at least one. They are checked as {@link storeRows}
 * checks them. Returns the number of rows packed.
 */
export function packInto(
  { memory, kernels }: Engine,
  room: SparseRoom,
  source: RowSource,
  sparse: SparseReader,
  from: number,
): number {
  const last = Math.min(source.rows, from + room.rows);
  let to = from + 1;
  while (to < last && sparse.count(from, to + 1) <= room.entries) to++;
  const { buffer } = memory;
  const columns = new Uint32Array(buffer, room.columns, room.entries);
  const values = new Float32Array(buffer, room.numbers, room.entries);
  const ends = new Uint32Array(buffer, room.ends, room.rows);
  sparse.read(from, to, ends, columns, values);
  requireEntries(source, from, to, { ends, columns, values }, NO_DEMANDS);
  const isWide = Number(room.width > NARROW_WIDTH);
  const { starts, values: base } = room;
  kernels.packRows(room.columns, room.numbers, room.ends, to - from, isWide, base, starts, base);
  return to - from;
}

/**
 * Copies the list that overlapping rows share into linear memory, once, and checks that it is finite.
 * Scaled rows stay float64 and are scaled as they are read, because each column has its own scale.
 */
async function storeOverlap(
  engine: Engine,
  arena: Arena,
  source: RowSource,
  { stride, count, scaler, copy }: Overlap,
  signal: AbortSignal | undefined,
): Promise<Dataset> {
  const { rows, width } = source;
  const { memory } = engine;
  const bytes = scaler ? 8 : 4;
  const FloatArray = scaler ? Float64Array : Float32Array;
  const what = `${source.name} (${count} numbers)`;
  if (arena.top + count * bytes > MAX_BYTES) throw tooLarge(what, arena.top + count * bytes);
  const layColumns = (columns: ArrayLike<number> | undefined) => {
    const address = columns ? arena.take(width * 8, what) : 0;
    if (columns) new Float64Array(memory.buffer, address, width).set(columns);
    return address;
  };
  const offsets = layColumns(scaler?.offset);
  const factors = layColumns(scaler?.factor);
  const values = arena.take(count * bytes, what);
  const pause = timeSlices(signal);
  const block = BLOCK_BYTES / bytes;
  let [least, greatest] = [Infinity, -Infinity];
  for (let from = 0; from < count; from += block) {
    const to = Math.min(from + block, count);
    const target = new FloatArray(memory.buffer, values + from * bytes, to - from);
    copy(from, to, target);
    for (let i = 0; i < target.length; i++) {
      const value = target[i] as number;
      if (value < least) least = value;
      if (value > greatest) greatest = value;
      if (Number.isFinite(value) || (source.missing && Number.isNaN(value))) continue;
      const row = Math.max(0, Math.floor((from + i - width) / stride) + 1);
      throw nonFiniteError(source, row, from + i - row * stride, value);
    }
    await pause();
  }
  if (scaler && !(isScalable(least, scaler) && isScalable(greatest, scaler))) {
    const row = new Float32Array(width);
    for (let i = 0; i < rows; i++, await pause()) source.copy(i, i + 1, row); // its error says where
  }
  const format = scaler ? abi.DOUBLES : abi.FLOATS;
  const address = describe(arena, {
    ...{ format, width, values, rowBytes: stride * bytes, starts: 0, offsets, factors },
  });
  return { address, rows };
}

/** Whether a value fits in a float32 after scaling, in every column. */
function isScalable(value: number, { offset, factor }: Scaler): boolean {
  return offset.every((from, j) =>
    Number.isFinite(Math.fround((value - from) / (factor[j] as number))),
  );
}

/**
 * Copies all rows into linear memory, compressed or not, and checks that they meet the demands. The memory
 * grows as needed.
 */
export async function storeRows(
  engine: Engine,
  arena: Arena,
  source: RowSource,
  compressed: boolean,
  signal: AbortSignal | undefined,
  demands: Demands = NO_DEMANDS,
): Promise<Dataset> {
  const { bytes, rows, width, overlap } = source;
  // Demands on the values are checked row by row, so the shared list does not do.
  if (overlap && !compressed && !demands.unitRange && demands.categories.length === 0) {
    return storeOverlap(engine, arena, source, overlap, signal);
  }
  const { memory, kernels } = engine;
  if (source.sparse) return storeSparse(engine, arena, source, source.sparse, signal, demands);
  const elementBytes = bytes ? 1 : 4;
  const what = worded`${mention(source.name)} (${rows} x ${width})`;
  const needed =
    rows *
    width *
    (compressed ? (await sampleDensity(source, signal)) * (2 + elementBytes) : elementBytes);
  if (arena.top + needed > MAX_BYTES) throw tooLarge(what, Math.ceil(arena.top + needed));

  const blockRows = Math.max(1, Math.floor(BLOCK_BYTES / (width * elementBytes)));
  const staging = arena.take(blockRows * width * elementBytes, what);
  const starts = compressed ? arena.take((rows + 1) * 4, what) : 0;
  const [dense, sparse] = bytes ? [abi.BYTES, abi.SPARSE_BYTES] : [abi.FLOATS, abi.SPARSE_FLOATS];
  const address = describe(arena, {
    format: compressed ? sparse : dense,
    ...{ width, values: 0, rowBytes: width * elementBytes, starts },
    ...NOT_SCALED,
  });
  const values = arena.top;
  writeField(memory, address, abi.Dataset, 'values', values);

  let end = values;
  const pause = timeSlices(signal);
  for (let from = 0; from < rows; from += blockRows) {
    const to = Math.min(from + blockRows, rows);
    const count = (to - from) * width;
    // Dense rows are read directly into place; others are compressed from the staging block.
    const place = compressed ? staging : end;
    const room = compressed ? count * (2 + elementBytes) : count * elementBytes;
    reserve(memory, end + room, what);
    const target = bytes
      ? new Uint8Array(memory.buffer, place, count)
      : new Float32Array(memory.buffer, place, count);
    source.copy(from, to, target);
    if (!bytes) {
      if (source.missing) requireNoInfinity(source, from, target as Float32Array);
      const bad = source.missing ? -1 : kernels.firstNonFinite(place, count);
      if (bad >= 0) throw nonFiniteError(source, from, bad, target[bad]);
      if (demands.unitRange) requireUnitRange(source, from, target);
    }
    requireCategories(source, from, target, demands.categories);
    if (compressed) {
      end =
        kernels.compressRows(
          place,
          to - from,
          width,
          bytes ? 1 : 0,
          end,
          starts + from * 4,
          values,
        ) >>> 0;
    } else {
      end += room;
    }
    await pause();
  }
  arena.take(end - values, what);
  return { address, rows };
}

/** {@link storeRows} for rows that arrive compressed. */
async function storeSparse(
  { memory, kernels }: Engine,
  arena: Arena,
  source: RowSource,
  sparse: SparseReader,
  signal: AbortSignal | undefined,
  demands: Demands,
): Promise<Dataset> {
  const { rows, width } = source;
  const what = worded`${mention(source.name)} (${rows} x ${width})`;
  const wide = width > NARROW_WIDTH;
  const entryBytes = wide ? 8 : 6;
  const needed = sparse.count(0, rows) * entryBytes;
  if (arena.top + needed > MAX_BYTES) throw tooLarge(what, arena.top + needed);
  const blocks = blocksOf(sparse, rows);
  const most = blocks.reduce((most, { entries }) => Math.max(most, entries), 0);
  const mostRows = blocks.reduce((most, { from, to }) => Math.max(most, to - from), 0);
  const columns = arena.take(most * 4, what);
  const numbers = arena.take(most * 4, what);
  const ends = arena.take(mostRows * 4, what);
  const starts = arena.take((rows + 1) * 4, what);
  const format = wide ? abi.WIDE_FLOATS : abi.SPARSE_FLOATS;
  const address = describe(arena, {
    ...{ format, width, values: 0, rowBytes: 0, starts },
    ...NOT_SCALED,
  });
  const values = arena.top;
  writeField(memory, address, abi.Dataset, 'values', values);
  let end = values;
  const pause = timeSlices(signal);
  for (const { from, to, entries } of blocks) {
    reserve(memory, end + entries * entryBytes, what);
    const { buffer } = memory;
    const [places, each] = [
      new Uint32Array(buffer, columns, most),
      new Float32Array(buffer, numbers, most),
    ];
    const rowEnds = new Uint32Array(buffer, ends, mostRows);
    sparse.read(from, to, rowEnds, places, each);
    requireEntries(source, from, to, { ends: rowEnds, columns: places, values: each }, demands);
    const [wideFlag, at] = [Number(wide), starts + from * 4];
    end = kernels.packRows(columns, numbers, ends, to - from, wideFlag, end, at, values) >>> 0;
    await pause();
  }
  arena.take(end - values, what);
  return { address, rows };
}

/** Splits the rows into blocks of about BLOCK_BYTES of entries, at least one row each. */
function blocksOf(
  sparse: SparseReader,
  rows: number,
): { from: number; to: number; entries: number }[] {
  const blocks = [];
  for (let from = 0; from < rows; ) {
    let to = from + 1;
    let entries = sparse.count(from, to);
    while (to < rows && to - from < BLOCK_BYTES / 8) {
      const next = entries + sparse.count(to, to + 1);
      if (next > BLOCK_BYTES / 8) break;
      entries = next;
      to++;
    }
    blocks.push({ from, to, entries });
    from = to;
  }
  return blocks;
}

/**
 * Whether rows should be kept compressed. Dense rows with missing cells cannot be, and overlapping rows
 * take less memory as they are.
 */
export async function worthCompressing(
  source: RowSource,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (source.sparse) return true;
  if (source.missing || source.overlap || source.width > NARROW_WIDTH) return false;
  return (await sampleDensity(source, signal)) < SPARSE_DENSITY;
}

/** The share of non-zeros in up to SAMPLE_ROWS rows. */
async function sampleDensity(source: RowSource, signal: AbortSignal | undefined): Promise<number> {
  const { bytes, rows, width } = source;
  const row = bytes ? new Uint8Array(width) : new Float32Array(width);
  const step = Math.max(1, Math.floor(rows / SAMPLE_ROWS));
  let nonZeros = 0;
  let looked = 0;
  const pause = timeSlices(signal);
  for (let i = 0; i < rows && looked < SAMPLE_ROWS; i += step, looked++) {
    await pause();
    source.copy(i, i + 1, row);
    for (let j = 0; j < width; j++) if (row[j] !== 0) nonZeros++;
  }
  return nonZeros / (looked * width);
}

function describe(arena: Arena, rows: Omit<Values<typeof abi.Dataset>, 'byteTable'>): number {
  const byteTable = arena.floats(256, 'the table of byte values');
  new Float32Array(arena.memory.buffer, byteTable, 256).set(
    Float32Array.from({ length: 256 }, (_, i) => i / 255),
  );
  return takeRecord(arena, abi.Dataset, { ...rows, byteTable }, 'a description of rows');
}
