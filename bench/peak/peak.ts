// @ts-nocheck: AssemblyScript, compiled by measure.ts
//
// The highest speed that SIMD128 reaches here: independent sums s += x * y, multiplied and added in two
// instructions as the library does, and nothing else in the loop. The x change with every term, since the
// compiler would otherwise compute the products only once; they come from 1 KB at `p`, which stays in the
// first-level cache. On an AMD EPYC this reaches 60 GFLOP/s, where ten sums reached 25 and a body of 16
// multiply-adds reached 50.

/** The number of x values; the same as in measure.ts. */
const LENGTH: i32 = 256;

function madd(x: v128, y: v128, s: v128): v128 {
  return v128.add<f32>(v128.mul<f32>(x, y), s);
}

/**
 * Does `rounds` x 256 values of x, with four multiply-adds each. The 2 x 4 sums take 14 of the 16 vector
 * registers.
 */
export function multiplyAdds(p: usize, rounds: i32): void {
  const y0 = v128.load(p),
    y1 = v128.load(p, 16),
    y2 = v128.load(p, 32),
    y3 = v128.load(p, 48);
  let s0 = f32x4.splat(0),
    s1 = s0,
    s2 = s0,
    s3 = s0,
    s4 = s0,
    s5 = s0,
    s6 = s0,
    s7 = s0;
  for (let round = 0; round < rounds; round++) {
    for (let a = p, end = p + (LENGTH << 2); a < end; a += 8) {
      const x0 = v128.load_splat<f32>(a),
        x1 = v128.load_splat<f32>(a, 4);
      s0 = madd(x0, y0, s0);
      s1 = madd(x0, y1, s1);
      s2 = madd(x0, y2, s2);
      s3 = madd(x0, y3, s3);
      s4 = madd(x1, y0, s4);
      s5 = madd(x1, y1, s5);
      s6 = madd(x1, y2, s6);
      s7 = madd(x1, y3, s7);
    }
  }
  const low = v128.add<f32>(v128.add<f32>(s0, s1), v128.add<f32>(s2, s3));
  const high = v128.add<f32>(v128.add<f32>(s4, s5), v128.add<f32>(s6, s7));
  v128.store(p + (LENGTH << 2), v128.add<f32>(low, high));
}
