// Writes bench/ANOMALIES.md: one row per table, then means, mean ranks and seconds.

import type { Table } from './run.js';

/** The report of all tables; `shares` are the contaminations compared with 'auto'. */
export function report(tables: readonly Table[], shares: readonly number[], cores: number): string {
  const methods = Object.keys(tables[0]?.results ?? {});
  const mean = (of: (table: Table) => number) =>
    tables.reduce((sum, table) => sum + of(table), 0) / tables.length;
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  const head = (cells: readonly string[], left: number) =>
    `${line(cells)}\n${line(cells.map((_, i) => (i < left ? '---' : '---:')))}`;
  /** Prints the best of a row in bold. */
  const best = (numbers: readonly number[], digits = 3) =>
    numbers.map((value) => {
      const text = value.toFixed(digits);
      return text === Math.max(...numbers).toFixed(digits) ? `**${text}**` : text;
    });
  const valuesOf = (table: Table, what: 'auroc' | 'precision') =>
    methods.map((name) => table.results[name]?.[what] as number);
  /** Ranks from 1; equal values share the mean of their ranks. */
  const rankOf = (values: readonly number[], i: number) => {
    const [above, same] = [
      values.filter((value) => value > (values[i] as number)).length,
      values.filter((value) => value === values[i]).length,
    ];
    return above + (same + 1) / 2;
  };
  const meansOf = (what: 'auroc' | 'precision') => [
    line([
      'mean',
      '',
      '',
      ...best(methods.map((_, i) => mean((t) => valuesOf(t, what)[i] as number))),
    ]),
    line([
      'mean rank',
      '',
      '',
      ...methods.map((_, i) => mean((t) => rankOf(valuesOf(t, what), i)).toFixed(2)),
    ]),
  ];
  const rowsOf = (what: 'auroc' | 'precision') => [
    head(['table', 'rows x columns', 'odd', ...methods], 1),
    ...tables.map((table) =>
      line([
        table.name,
        `${table.rows.toLocaleString('en')} x ${table.width}`,
        `${(100 * table.odd).toFixed(1)} %`,
        ...best(valuesOf(table, what)),
      ]),
    ),
    ...meansOf(what),
  ];
  const losses = tables.flatMap((table) => {
    const [own = 0, ...rest] = valuesOf(table, 'auroc');
    const most = Math.max(...rest);
    return most > own
      ? [`${table.name} (${own.toFixed(3)}, ${methods[1 + rest.indexOf(most)]} ${most.toFixed(3)})`]
      : [];
  });
  const rules = ['auto', ...shares.map(String)];
  return `# Odd rows

Written by \`npm run bench:anomalies -- --data FOLDER\`, with ADBench's tables (Han et al. 2022, https://arxiv.org/abs/2206.09426) in FOLDER. All methods learn from all rows of a table, without labels, at their defaults, and score the same rows; AnomalyDetector and IsolationForest with three seeds. IsolationForest and kNN (5 neighbours, standardised columns) are scikit-learn's, from Debian's \`python3-sklearn\`; ECOD, PCA (a tenth of the components) and the Mahalanobis distance are in \`bench/anomalies/others.py\`. The choices behind AnomalyDetector's score were made on these tables.

## Area under the ROC curve

${rowsOf('auroc').join('\n')}

Behind the best of the others: ${losses.join(', ') || 'nowhere'}.

## Average precision

${rowsOf('precision').join('\n')}

## Seconds

To learn from a table and score it, on ${cores} cores: in the mean ${methods.map((name) => `${name} ${mean((t) => t.results[name]?.seconds as number).toFixed(2)}`).join(', ')}.

## Thresholds

F1 of \`isAnomaly\`: by \`fitThreshold\` with \`'auto'\`, which is told nothing, beside fixed shares of odd rows.

${head(['table', 'odd', 'auto took', ...rules], 1)}
${tables
  .map((table) =>
    line([
      table.name,
      `${(100 * table.odd).toFixed(1)} %`,
      table.rule,
      ...best(
        rules.map((name) => table.f1[name] as number),
        2,
      ),
    ]),
  )
  .join('\n')}
${line(['mean', '', '', ...best(rules.map((name) => mean((t) => t.f1[name] as number)))])}
`;
}
