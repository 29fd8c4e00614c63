/** Mean squared errors a pixel. */
export interface Mse {
  train: number;
  validation: number;
  test: number;
}

/** The paper's Table 1 with a row for each of our runs: one line a row, columns aligned. */
export function table(runs: { name: string; mse: Mse }[]): string {
  const rows = [
    ['MSE', 'train', 'validation', 'test'],
    ['the paper', '0.0077', '0.0076', '0.0075'],
    ...runs.map(({ name, mse }) => [
      `this library, ${name}`,
      ...[mse.train, mse.validation, mse.test].map((value) => value.toFixed(5)),
    ]),
  ];
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  // Left-aligned: every number starts with "0.", so the points stand below each other.
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] as number))
      .join('  ')
      .trimEnd(),
  );
  lines.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '));
  return lines.join('\n');
}
