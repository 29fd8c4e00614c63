import { expect, inject, test } from 'vitest';
import { acquireEngine } from '../../../src/engine/kernels.js';
import { LinearMemory } from '../../support/linear-memory.js';

test.runIf(inject('debug'))(
  'in the binary of npm run test:debug a misaligned operand is a trap with its name',
  () => {
    const { kernels, memory } = acquireEngine({});
    const a = new LinearMemory(memory).matrix(4, 4);
    const { address, ld } = a;
    const multiply = (b: number) =>
      kernels.product(address, ld, b, ld, address, ld, 0, 4, 4, 4, address, 0);
    let trap: unknown;
    try {
      multiply(address + 4);
    } catch (error) {
      trap = error;
    }
    expect(trap).toBeInstanceOf(WebAssembly.RuntimeError);
    expect((trap as Error).stack).toContain('gemm/product');
  },
);
