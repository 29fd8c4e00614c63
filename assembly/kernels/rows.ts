// Training data is stored in its smallest format; here a batch of it becomes float32.
//
//   BYTES    rows of width bytes, value / 255
//   FLOATS   rows of width float32, each rowBytes after the last: windows of a series overlap
//   DOUBLES  rows of width float64, scaled when read: overlapping rows cannot be scaled by column in advance
//   SPARSE_BYTES, SPARSE_FLOATS   compressed rows, each the columns (u16) of its non-zeros and
//            then their values; `starts` (rows + 1) has each row's byte offset
//   WIDE_FLOATS   the same for floats, with 32-bit columns

import { BYTES, Dataset, DOUBLES, FLOATS, SPARSE_BYTES, SPARSE_FLOATS, WIDE_FLOATS } from '../abi';

/** Bytes of a column number in compressed rows. */
// @ts-ignore: decorator
@inline
function columnBytes(format: i32): usize {
  return format == WIDE_FLOATS ? 4 : 2;
}

/** Bytes of a value in compressed rows. */
// @ts-ignore: decorator
@inline
function valueBytes(format: i32): usize {
  return format == SPARSE_BYTES ? 1 : 4;
}

// @ts-ignore: decorator
@inline
function columnAt(format: i32, at: usize): u32 {
  return format == WIDE_FLOATS ? load<u32>(at) : <u32>load<u16>(at);
}

// @ts-ignore: decorator
@inline
function valueAt(data: Dataset, at: usize): f32 {
  return data.format == SPARSE_BYTES ? byteValue(data.byteTable, at) : load<f32>(at);
}

// @ts-ignore: decorator
@inline
function byteValue(table: usize, at: usize): f32 {
  return load<f32>(table + ((<usize>load<u8>(at)) << 2));
}

/**
 * Reads a byte of each cache line of row `index`, so that the row is in the cache when it is needed: a
 * shuffled epoch jumps through memory, and waiting for rows took 400 of 700 ns per sample. Returns the sum
 * of these bytes, since a read whose result is unused may be optimised away.
 */
export function touchRow(data: Dataset, index: u32): u32 {
  const width = <usize>data.width;
  let from = data.values,
    to: usize;
  const format = data.format;
  if (format != SPARSE_BYTES && format != SPARSE_FLOATS && format != WIDE_FLOATS) {
    from += <usize>index * data.rowBytes;
    to = from + (format == BYTES ? width : format == FLOATS ? width << 2 : width << 3);
  } else {
    const starts = data.starts + ((<usize>index) << 2);
    to = from + <usize>load<u32>(starts, 4);
    from += <usize>load<u32>(starts);
  }
  let sum: u32 = 0;
  for (; from < to; from += 64) sum += load<u8>(from);
  return sum;
}

/** x (width) = the float64 row, scaled and then rounded to float32 once, as src/data/scaler.ts does. */
function scaleRow(row: usize, width: usize, offsets: usize, factors: usize, x: usize): void {
  let i: usize = 0;
  for (; i + 2 <= width; i += 2) {
    const at = i << 3;
    const centred = v128.sub<f64>(v128.load(row + at), v128.load(offsets + at));
    const scaled = v128.div<f64>(centred, v128.load(factors + at));
    v128.store64_lane(x + (i << 2), f32x4.demote_f64x2_zero(scaled), 0);
  }
  if (i < width) {
    const at = i << 3;
    const centred = load<f64>(row + at) - load<f64>(offsets + at);
    store<f32>(x + (i << 2), <f32>(centred / load<f64>(factors + at)));
  }
}

/** x (16) = the bytes at row / 255, with the same rounding as the table. Often all 16 are 0. */
// @ts-ignore: decorator
@inline
function loadBytes(row: usize, x: usize): void {
  const bytes = v128.load(row);
  if (!v128.any_true(bytes)) {
    const zero = i32x4.splat(0);
    v128.store(x, zero);
    v128.store(x, zero, 16);
    v128.store(x, zero, 32);
    v128.store(x, zero, 48);
    return;
  }
  const most = f32x4.splat(255);
  const low = i16x8.extend_low_i8x16_u(bytes),
    high = i16x8.extend_high_i8x16_u(bytes);
  v128.store(x, f32x4.div(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(low)), most));
  v128.store(x, f32x4.div(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(low)), most), 16);
  v128.store(x, f32x4.div(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(high)), most), 32);
  v128.store(x, f32x4.div(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(high)), most), 48);
}

/** x (width) = row `index`; the padding to a multiple of 4 becomes zero. */
export function loadRow(data: Dataset, index: u32, x: usize): void {
  const width = <usize>data.width;
  const format = data.format;
  const row = data.values + <usize>index * data.rowBytes;
  if (format == FLOATS) {
    memory.copy(x, row, width << 2);
  } else if (format == DOUBLES) {
    scaleRow(row, width, data.offsets, data.factors, x);
  } else if (format == BYTES) {
    const table = data.byteTable;
    let i: usize = 0;
    for (; i + 16 <= width; i += 16) loadBytes(row + i, x + (i << 2));
    for (; i < width; i++) store<f32>(x + (i << 2), byteValue(table, row + i));
  } else {
    memory.fill(x, 0, width << 2);
    const starts = data.starts + ((<usize>index) << 2);
    const step = columnBytes(format),
      size = valueBytes(format);
    let column = data.values + <usize>load<u32>(starts);
    const count = (<usize>load<u32>(starts, 4) - <usize>load<u32>(starts)) / (step + size);
    let value = column + count * step;
    for (const end = value; column < end; column += step, value += size) {
      store<f32>(x + ((<usize>columnAt(format, column)) << 2), valueAt(data, value));
    }
  }
  for (let i = width; i & 3; i++) store<f32>(x + (i << 2), 0);
}

/** out (to - from) = the cells [from, to) of row `index`, with 0 instead of NaN. */
export function loadCells(data: Dataset, index: u32, from: i32, to: i32, out: usize): void {
  const format = data.format;
  const count = <usize>(to - from);
  const row = data.values + <usize>index * data.rowBytes;
  if (format == FLOATS) {
    memory.copy(out, row + ((<usize>from) << 2), count << 2);
  } else if (format == DOUBLES) {
    const at = (<usize>from) << 3;
    scaleRow(row + at, count, data.offsets + at, data.factors + at, out);
  } else if (format == BYTES) {
    for (let i: usize = 0; i < count; i++) {
      store<f32>(out + (i << 2), byteValue(data.byteTable, row + <usize>from + i));
    }
  } else {
    memory.fill(out, 0, count << 2);
    const starts = data.starts + ((<usize>index) << 2);
    const step = columnBytes(format),
      size = valueBytes(format);
    let column = data.values + <usize>load<u32>(starts);
    const entries = (<usize>load<u32>(starts, 4) - <usize>load<u32>(starts)) / (step + size);
    let value = column + entries * step;
    for (const end = value; column < end; column += step, value += size) {
      const w = <i32>columnAt(format, column);
      if (w >= to) break;
      if (w >= from) store<f32>(out + ((<usize>(w - from)) << 2), valueAt(data, value));
    }
  }
  for (let p = out, end = out + (count << 2); p < end; p += 4) {
    const value = load<f32>(p);
    if (value != value) store<f32>(p, 0);
  }
}

/**
 * Lists the non-zeros of row `index` of compressed data for a product with rows of `ldb` bytes (sparse.ts),
 * with `fill` instead of NaN unless `fill` is 0, and returns their number.
 */
export function listRow(
  data: Dataset,
  index: u32,
  ldb: usize,
  offsets: usize,
  values: usize,
  fill: usize,
): i32 {
  const starts = data.starts + ((<usize>index) << 2);
  const start = <usize>load<u32>(starts);
  const bytes = <usize>load<u32>(starts, 4) - start;
  const table = data.byteTable;
  const format = data.format;
  let column = data.values + start;
  if (format == SPARSE_BYTES) {
    const count = bytes / 3;
    let value = column + (count << 1);
    for (const end = value; column < end; column += 2, value++, offsets += 4, values += 4) {
      store<u32>(offsets, <u32>load<u16>(column) * <u32>ldb);
      store<f32>(values, byteValue(table, value));
    }
    return <i32>count;
  }
  const step = columnBytes(format);
  const count = bytes / (step + 4);
  let value = column + count * step;
  for (const end = value; column < end; column += step, value += 4, offsets += 4, values += 4) {
    const w = columnAt(format, column);
    store<u32>(offsets, w * <u32>ldb);
    store<f32>(values, filled(load<f32>(value), fill, w));
  }
  return <i32>count;
}

/** What the network sees for a value in column w. */
// @ts-ignore: decorator
@inline
function filled(value: f32, fill: usize, w: u32): f32 {
  return fill && value != value ? load<f32>(fill + ((<usize>w) << 2)) : value;
}

/**
 * Adds sample b of a batch, row `index` of compressed data, to the features [from, to): to x (width,
 * batch), which is already zeroed, and to each feature's list (sparse.ts), whose entry is b * ldb. In the
 * lists, NaN becomes `fill`, unless `fill` is 0. The list of feature w is at lists + w * listBytes, its
 * values start half-way through, and its length is in counts (i32).
 */
export function addSample(
  data: Dataset,
  index: u32,
  b: i32,
  from: i32,
  to: i32,
  x: usize,
  ldx: usize,
  ldb: usize,
  lists: usize,
  listBytes: usize,
  counts: usize,
  fill: usize,
): void {
  const starts = data.starts + ((<usize>index) << 2);
  const start = <usize>load<u32>(starts);
  const bytes = <usize>load<u32>(starts, 4) - start;
  const format = data.format;
  const step = columnBytes(format),
    size = valueBytes(format);
  const wide = <usize>(format == WIDE_FLOATS);
  const first = data.values + start;
  const last = first + (bytes / (step + size)) * step;
  // The first column of the share, by bisection: columns are in ascending order.
  let column = first,
    beyond = last;
  while (from > 0 && column < beyond) {
    const middle = column + (((beyond - column) >> (wide + 1 + 1)) << (wide + 1));
    if (<i32>columnAt(format, middle) < from) column = middle + step;
    else beyond = middle;
  }
  const offset = <u32>b * <u32>ldb;
  const half = listBytes >> 1;
  let value = last + ((column - first) >> (wide + 1)) * size;
  x += (<usize>b) << 2;
  for (; column < last; column += step, value += size) {
    const w = <i32>columnAt(format, column);
    if (w >= to) break;
    const v = valueAt(data, value);
    store<f32>(x + <usize>w * ldx, v);
    const countAt = counts + ((<usize>w) << 2);
    const count = load<u32>(countAt);
    store<u32>(countAt, count + 1);
    const entry = lists + <usize>w * listBytes + ((<usize>count) << 2);
    store<u32>(entry, offset);
    store<f32>(entry + half, filled(v, fill, w));
  }
}

/**
 * The index of the first of `count` floats at p that is NaN or infinite, or -1. Zero times such a float is
 * NaN, and zero times any other is zero, so 16 floats are checked together.
 */
export function firstNonFinite(p: usize, count: i32): i32 {
  const zero = f32x4.splat(0);
  const magnitude = i32x4.splat(0x7fffffff);
  let i = 0;
  for (; i + 16 <= count; i += 16) {
    const at = p + ((<usize>i) << 2);
    const low = v128.or(v128.mul<f32>(v128.load(at), zero), v128.mul<f32>(v128.load(at, 16), zero));
    const high = v128.or(
      v128.mul<f32>(v128.load(at, 32), zero),
      v128.mul<f32>(v128.load(at, 48), zero),
    );
    if (v128.any_true(v128.and(v128.or(low, high), magnitude))) break;
  }
  for (; i < count; i++) {
    if (!isFinite(load<f32>(p + ((<usize>i) << 2)))) return i;
  }
  return -1;
}

/**
 * Compresses `rows` dense rows of width values at src (bytes, or floats) to `out`, row after row: the
 * columns of a row's non-zeros (u16), then their values. Writes where each row starts, as byte offsets from
 * `base`, to `starts`, and returns the first free address. `out` must have room for the worst case, width
 * entries per row.
 */
export function compressRows(
  src: usize,
  rows: i32,
  width: i32,
  bytes: bool,
  out: usize,
  starts: usize,
  base: usize,
): usize {
  for (let r = 0; r < rows; r++) {
    store<u32>(starts + ((<usize>r) << 2), <u32>(out - base));
    if (bytes) {
      for (let c = 0; c < width; c++) {
        if (load<u8>(src + c)) {
          store<u16>(out, c);
          out += 2;
        }
      }
      for (let c = 0; c < width; c++) {
        const value = load<u8>(src + c);
        if (value) store<u8>(out++, value);
      }
      src += width;
    } else {
      for (let c = 0; c < width; c++) {
        if (load<f32>(src + ((<usize>c) << 2)) != 0) {
          store<u16>(out, c);
          out += 2;
        }
      }
      for (let c = 0; c < width; c++) {
        const value = load<f32>(src + ((<usize>c) << 2));
        if (value != 0) {
          store<f32>(out, value);
          out += 4;
        }
      }
      src += (<usize>width) << 2;
    }
  }
  store<u32>(starts + ((<usize>rows) << 2), <u32>(out - base));
  return out;
}

/**
 * Packs `rows` rows of non-zeros in the format of {@link compressRows}, from their columns (u32) and values
 * (f32), row after row, and where each row ends in `ends` (u32). With `wide`, columns take 32 bits.
 */
export function packRows(
  columns: usize,
  values: usize,
  ends: usize,
  rows: i32,
  wide: bool,
  out: usize,
  starts: usize,
  base: usize,
): usize {
  let at: u32 = 0;
  for (let r = 0; r < rows; r++) {
    store<u32>(starts + ((<usize>r) << 2), <u32>(out - base));
    const end = load<u32>(ends + ((<usize>r) << 2));
    for (let i = at; i < end; i++) {
      const column = load<u32>(columns + ((<usize>i) << 2));
      if (wide) store<u32>(out, column);
      else store<u16>(out, <u16>column);
      out += wide ? 4 : 2;
    }
    const bytes = (<usize>(end - at)) << 2;
    memory.copy(out, values + ((<usize>at) << 2), bytes);
    out += bytes;
    at = end;
  }
  store<u32>(starts + ((<usize>rows) << 2), <u32>(out - base));
  return out;
}
