import type { Mse, RecipeKey, Results } from './results.js';

const PARTS = ['train', 'validation', 'test'] as const;

/** A row of Table 1: what was measured, and its errors on the three parts of the data. */
export interface Row {
  name: string;
  cells: string[];
}

/** The paper's Table 1 with a row for each of our recipes, and for PCA as a comparison. */
export function tableRows(results: Results, names: Record<RecipeKey, string>): Row[] {
  const ours = (['paper', 'defaults'] as const).flatMap((key) => {
    const runs = results.seeds?.[key] ?? [results[key]].filter((result) => result !== undefined);
    return runs.length ? [{ name: `this library, ${names[key]}`, cells: cells(runs) }] : [];
  });
  const { pca } = results;
  return [
    { name: 'the paper', cells: ['0.0077', '0.0076', '0.0075'] },
    ...ours,
    { name: `PCA, ${pca.components} components`, cells: cells([pca]) },
  ];
}

/** Formats the rows as text: one line per row, with aligned columns. */
export function table(rows: Row[]): string {
  const lines = [['MSE', ...PARTS], ...rows.map(({ name, cells }) => [name, ...cells])];
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  // Left-aligned: every number starts with "0.", so the points are aligned, too.
  const text = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] as number))
      .join('  ')
      .trimEnd(),
  );
  text.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '));
  return text.join('\n');
}

/** The errors of one run, or the means and sample standard deviations of several. */
function cells(runs: { mse: Mse }[]): string[] {
  return PARTS.map((part) => {
    const values = runs.map(({ mse }) => mse[part]);
    const mean = values.reduce((sum, value) => sum + value) / values.length;
    if (values.length === 1) return mean.toFixed(5);
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    return `${mean.toFixed(5)} ± ${Math.sqrt(squares / (values.length - 1)).toFixed(5)}`;
  });
}
