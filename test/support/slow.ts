/**
 * The number of cases, out of `all`, that a test of the slow tier tries: SLOW_SHARE=0.1 makes it a tenth,
 * SLOW_SHARE=10 ten times as many.
 */
export function casesOf(all: number): number {
  const share = Number(process.env.SLOW_SHARE ?? 1);
  if (!(share > 0)) throw new Error(`SLOW_SHARE must be a number above 0, got ${share}`);
  return Math.ceil(all * share);
}
