// What each thread needs for itself while it runs a program: a Step of assembly/abi.ts, and its scratch.

import { hasWideSimd } from '../base/platform.js';
import * as abi from '../generated/abi.js';
import { type Network, round4 } from '../model/network.js';
import type { Engine } from './kernels.js';
import type { Arena } from './memory.js';
import { bytesOf, writeRecord } from './records.js';

/** Bytes of scratch for products with lists of up to `entries` entries: assembly/kernels/sparse.ts. */
export function scratchBytes(entries: number): number {
  return abi.TABLE_BYTES + abi.PACK_BYTES + entries * abi.ENTRY_BYTES;
}

/**
 * Lays out one Step for each of `threads` threads that synchronise at `control`, each with scratch for
 * products of this network on up to `batch` rows. Fields that change from step to step are left to the
 * caller. `weighted`: with room for the weights of a batch's rows. `compressed`: with room for lists of
 * compressed rows.
 */
export function layOutSteps(
  engine: Engine,
  arena: Arena,
  network: Network,
  batch: number,
  threads: number,
  control: number,
  weighted: boolean,
  compressed: boolean,
): number {
  const longest = Math.max(batch, ...network.layers.map((layer) => layer.rows));
  const widest = Math.max(...network.layers.map((layer) => layer.stride));
  // Room for the list of one row of any product, or for those of a block of compressed rows and their
  // lengths.
  const block = compressed ? abi.WIDE_BLOCK * (round4(network.inputs) + 4) : 0;
  // The largest of OUTPUT's chunks, rounded up to whole blocks of a transpose
  // (assembly/program/last-layer.ts).
  const rows = Math.ceil(network.inputs / 4 / abi.CHUNKS) * 4;
  const width = round4(batch);
  const chunkBytes = rows * (2 * width * 4 + (width + 4) * abi.ENTRY_BYTES + 4);
  const wide = Number(hasWideSimd());
  const bytes = bytesOf(abi.Step);
  const address = arena.take(threads * bytes, 'the steps');
  for (let thread = 0; thread < threads; thread++) {
    const scratch = arena.take(scratchBytes(Math.max(longest + 8, block)), 'scratch');
    engine.kernels.prepareTable(scratch, wide);
    writeRecord(engine.memory, address + thread * bytes, abi.Step, {
      ...{ thread, threads, control, scratch },
      gradient: arena.floats(Math.max(widest * abi.BLOCK, width), 'scratch'),
      weights: weighted ? arena.floats(width, 'scratch') : 0,
      chunk: arena.take(chunkBytes, 'scratch'),
      ...{ rows: 0, order: 0, dataset: 0, optimizer: 0, lossScale: 0 },
      ...{ input: 0, noiseKey: 0, others: 0, othersCount: 0, nonFinite: 0 },
    });
  }
  return address;
}
