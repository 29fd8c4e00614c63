// Operands for kernels in linear memory, each between guard bytes: a kernel that writes outside of its
// output is caught, and one that reads outside of its input computes with NaN.

import { expect } from 'vitest';
import { Arena } from '../../src/engine/memory.js';

/** Guard bytes before an operand, and at least as many after it. */
const GUARD = 64;
/** Four of these bytes are a NaN that no arithmetic produces. */
const GUARD_BYTE = 0xff;

/** A row-major matrix whose rows are padded to a multiple of 4. */
export interface Operand {
  readonly address: number;
  /** The distance between rows in bytes. */
  readonly ld: number;
  /** The values without the padding. */
  read(): Float32Array;
  /** The padding between the rows. */
  padding(): Float32Array;
  fill(value: number): void;
}

/** The memory of one engine for one test; the next test may reuse it. */
export class LinearMemory {
  readonly arena: Arena;
  readonly #guards: [from: number, to: number][] = [];

  constructor(memory: WebAssembly.Memory) {
    this.arena = new Arena(memory);
  }

  /** Allocates `count` zero bytes, and returns their address. */
  bytes(count: number): number {
    const start = this.arena.take(count + 2 * GUARD, 'an operand');
    const { top } = this.arena;
    const all = new Uint8Array(this.arena.memory.buffer);
    all.fill(GUARD_BYTE, start, top).fill(0, start + GUARD, start + GUARD + count);
    this.#guards.push([start, start + GUARD], [start + GUARD + count, top]);
    return start + GUARD;
  }

  /** Copies `values`, and returns the address of the copy. */
  floats(values: ArrayLike<number>): number {
    const address = this.bytes(values.length * 4);
    this.view(address, values.length).set(values);
    return address;
  }

  /** A matrix of `values`, zeros by default, with `padding` after each row. */
  matrix(rows: number, columns: number, values?: ArrayLike<number>, padding = 0): Operand {
    const stride = Math.ceil(columns / 4) * 4;
    const address = this.bytes(rows * stride * 4);
    const all = () => this.view(address, rows * stride);
    const pick = (wanted: (column: number) => boolean) =>
      all().filter((_, i) => wanted(i % stride));
    const operand: Operand = {
      address,
      ld: stride * 4,
      read: () => pick((column) => column < columns),
      padding: () => pick((column) => column >= columns),
      fill: (value) => all().fill(value),
    };
    const target = all().fill(padding);
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) target[r * stride + c] = values?.[r * columns + c] ?? 0;
    }
    return operand;
  }

  view(address: number, count: number): Float32Array {
    return new Float32Array(this.arena.memory.buffer, address, count);
  }

  words(address: number, count: number): Uint32Array {
    return new Uint32Array(this.arena.memory.buffer, address, count);
  }

  /** Fails if any guard byte has changed. */
  expectGuards(what: string): void {
    const all = new Uint8Array(this.arena.memory.buffer);
    for (const [from, to] of this.#guards) {
      for (let i = from; i < to; i++) {
        if (all[i] !== GUARD_BYTE) expect.fail(`${what}: wrote outside its output, at byte ${i}`);
      }
    }
  }
}
