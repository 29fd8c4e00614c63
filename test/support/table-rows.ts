// Tables for the tests of autoencoder-wasm/table, with the same numbers in every engine.

import { generator } from './data.js';

/** A row of {@link mixedTable}. */
export interface Visit {
  id: number;
  amount: number | null;
  proto: string | null;
  ok: boolean;
  day: string;
  bytes: number;
  note: string;
}

const PROTOS = ['icmp', 'tcp', 'udp'];

/**
 * Rows that depend on a hidden number: their protocol, amount, whether they are ok, and bytes, which have a
 * heavy tail. `amount` and `proto` have gaps.
 */
export function mixedTable(rows: number, seed = 1): Visit[] {
  const random = generator(seed);
  return Array.from({ length: rows }, (_, i) => {
    const hidden = random();
    const kind = Math.floor(3 * hidden);
    const gap = random();
    const day = new Date(Date.UTC(2023, 0, 1 + (i % 365))).toISOString().slice(0, 10);
    return {
      id: i + 1,
      amount: gap < 0.05 ? null : 100 * kind + 10 * random(),
      proto: gap > 0.95 ? null : (PROTOS[kind] as string),
      ok: hidden > 0.5,
      day,
      bytes: Math.floor(2 ** (4 + 20 * hidden * hidden)),
      note: `note ${i} ${random()}`,
    };
  });
}
