// The rows of the table, and the measurements they are computed from.

/** The part of a row that one seed contributes. */
export interface Measurement {
  /** What is measured, and with which recipe. */
  readonly what: string;
  readonly recipe: string;
  readonly value: number;
  /** The bar: the highest or lowest value allowed; `aim` is a stricter value that we would like to reach. */
  readonly bar: Bar;
  readonly aim?: number;
  /** Figures to compare with, such as those of PCA in the same run. */
  readonly beside: readonly Beside[];
  /** How to format the figures. Default: with five decimals. */
  readonly format?: Format;
}

/** A row: the measurements of all seeds. Bars and comparison figures are averaged. */
export interface Row extends Omit<Measurement, 'value'> {
  /** One figure per seed, in the order of the seeds. */
  readonly values: readonly number[];
}

export type Format = 'five' | 'four' | 'percent' | 'whole';

export interface Bar {
  readonly sense: 'at most' | 'at least' | 'above' | 'below';
  readonly value: number;
}

export interface Beside {
  readonly what: string;
  readonly value: number;
}

/** Computes one seed's measurements; rows that share a computation come from the same job. */
export type Job = (seed: number, log: (text: string) => void) => Promise<Measurement[]>;

/** Makes the rows of one job from its measurements: one list per seed, each with the same rows. */
export function mergeSeeds(bySeed: readonly (readonly Measurement[])[]): Row[] {
  return (bySeed[0] ?? []).map(({ value: _, bar, beside, ...row }, i) => {
    const parts = bySeed.map((measurements) => measurements[i] as Measurement);
    return {
      ...row,
      values: parts.map(({ value }) => value),
      bar: { ...bar, value: mean(parts.map((part) => part.bar.value)) },
      beside: beside.map(({ what }, j) => ({
        what,
        value: mean(parts.map((part) => (part.beside[j] as Beside).value)),
      })),
    };
  });
}

/** Whether two lists measure the same rows with the same recipes, so that their seeds may be merged. */
export function isSameJob(a: readonly Measurement[], b: readonly Measurement[]): boolean {
  const key = (measurements: readonly Measurement[]) =>
    JSON.stringify(measurements.map(({ what, recipe }) => [what, recipe]));
  return key(a) === key(b);
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum / values.length;
}

export const percent = (value: number) => `${(100 * value).toFixed(2)} %`;
