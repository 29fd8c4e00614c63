// Formats a network as a table of text.

import type { Network } from './network.js';

/** See `Autoencoder.summary`. */
export function summary(network: Network): string {
  const { layers, deadUnits } = network;
  const hasDead = deadUnits.some((count) => count !== undefined);
  const rows = layers.map((layer, l) => [
    layer.name,
    `${layer.inputs} -> ${layer.outputs}`,
    layer.activation,
    network.parametersOf(layer).toLocaleString('en'),
    ...(hasDead ? [deadUnits[l]?.toLocaleString('en') ?? '-'] : []),
  ]);
  const head = ['layer', 'units', 'activation', 'parameters', ...(hasDead ? ['dead units'] : [])];
  const table = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lines = table.map((row) =>
    row
      .map((cell, column) =>
        column < 3 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  );
  return [...lines, `${network.parameterCount.toLocaleString('en')} parameters`].join('\n');
}
