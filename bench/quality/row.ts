// What a row of the table is, and what it is computed from.

export interface Row {
  /** What is measured, and by which recipe. */
  readonly what: string;
  readonly recipe: string;
  /** One figure a seed, in the order of the seeds. */
  readonly values: readonly number[];
  /** The bar: at most or at least so much; and what we aim at beyond it. */
  readonly bar: Bar;
  readonly aim?: number;
  /** What the figure is to be seen beside, such as PCA's in the same run. */
  readonly beside?: string;
  /** How to write the figures. Default: five decimals. */
  readonly write?: (value: number) => string;
}

export interface Bar {
  readonly sense: 'at most' | 'at least' | 'above' | 'below';
  readonly value: number;
}

export interface Context {
  readonly seeds: readonly number[];
  /** Says how far the work is. */
  log(text: string): void;
}

/** Computes rows; those that share a computation come from one job. */
export type Job = (context: Context) => Promise<Row[]>;

/** Calls `measure` with every seed, one after the other. */
export async function bySeed<T>(
  { seeds }: Context,
  measure: (seed: number) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  for (const seed of seeds) results.push(await measure(seed));
  return results;
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum / values.length;
}

export const percent = (value: number) => `${(100 * value).toFixed(2)} %`;
