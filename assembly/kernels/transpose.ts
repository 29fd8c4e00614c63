/**
 * dst (cols, rows) = src (rows, cols)^T, in 4 x 4 blocks. Both are padded to multiples of 4 in both
 * directions, and the padding is copied too. `lds` and `ldd` are row strides in bytes.
 */
export function transpose(
  src: usize,
  lds: usize,
  dst: usize,
  ldd: usize,
  rows: i32,
  cols: i32,
): void {
  // Columns in the outer loop: four destination rows then fill whole cache lines while these are in the
  // cache.
  for (let c = 0; c < cols; c += 4) {
    let s = src + ((<usize>c) << 2);
    let d = dst + <usize>c * ldd;
    for (let r = 0; r < rows; r += 4) {
      const r0 = v128.load(s);
      const r1 = v128.load(s + lds);
      const r2 = v128.load(s + (lds << 1));
      const r3 = v128.load(s + lds * 3);
      const low01 = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5);
      const high01 = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
      const low23 = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
      const high23 = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
      v128.store(d, v128.shuffle<i64>(low01, low23, 0, 2));
      v128.store(d + ldd, v128.shuffle<i64>(low01, low23, 1, 3));
      v128.store(d + (ldd << 1), v128.shuffle<i64>(high01, high23, 0, 2));
      v128.store(d + ldd * 3, v128.shuffle<i64>(high01, high23, 1, 3));
      s += lds << 2;
      d += 16;
    }
  }
}
