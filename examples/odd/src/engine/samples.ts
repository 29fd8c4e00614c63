// Three small public tables, packed into the page, so that nothing has to be fetched.

import { breastCancer, digits, penguins } from 'virtual:samples';
import type { SampleName } from './calls.js';
import { tableOfPixels } from './pictures.js';
import { readTable } from './read.js';
import type { Table } from './table.js';

const SIDE = 14;

export async function openSample(
  name: SampleName,
  signal: AbortSignal,
  onShare: (share: number) => void,
): Promise<Table> {
  if (name === 'digits') {
    const bytes = Uint8Array.from(atob(digits), (letter) => letter.charCodeAt(0));
    const names = Array.from({ length: bytes.length / SIDE ** 2 }, (_, i) => `digit ${i + 1}`);
    return tableOfPixels('digits', bytes, SIDE, 1, names);
  }
  const text = name === 'penguins' ? penguins : breastCancer;
  return readTable(new File([text], `${name}.csv`), {}, signal, onShare);
}
