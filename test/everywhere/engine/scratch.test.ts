// A thread's scratch memory is followed by memory of other operations, which must not be overwritten.

import { expect, test } from 'vitest';
import { rowSource } from '../../../src/data/row-forms.js';
import { storeRows } from '../../../src/engine/dataset.js';
import { acquireEngine } from '../../../src/engine/kernels.js';
import { Arena } from '../../../src/engine/memory.js';
import { readField, writeField } from '../../../src/engine/records.js';
import { layOutSteps } from '../../../src/engine/thread-steps.js';
import * as abi from '../../../src/generated/abi.js';
import { trainingProgram } from '../../../src/training/training-program.js';
import { createNetwork } from '../../support/training-step.js';

const BATCH = 64;

test('the lists of a batch of compressed rows always fit into the scratch memory', async () => {
  const engine = acquireEngine({});
  const arena = new Arena(engine.memory);
  const { network } = createNetwork({ layers: [784, 64] });
  const floats = network.block.length;
  const [base, m, v] = [0, 1, 2].map(() => arena.floats(floats, 'parameters')) as [
    number,
    number,
    number,
  ];
  const step = layOutSteps(engine, arena, network, BATCH, 1, 0, false, true);
  const { address } = trainingProgram(arena, network, { base, m, v }, BATCH, {
    loss: 'mse',
    huberDelta: 1,
    compressed: true,
    missing: undefined,
    validation: { compressed: true, missing: undefined },
    noise: undefined,
    sparsity: undefined,
    reviveDeadUnits: false,
    clipNorm: undefined,
    firstRate: 1,
  });
  const order = arena.take(BATCH * 4, 'order');
  const rows = rowSource('x', new Uint8Array(BATCH * 784).fill(7), 784, 'input');
  const dataset = await storeRows(engine, arena, rows, true, undefined);
  const { buffer } = engine.memory;
  new Uint32Array(buffer, order, BATCH).set(Array.from({ length: BATCH }, (_, i) => i));
  writeField(engine.memory, step, abi.Step, 'rows', BATCH);
  writeField(engine.memory, step, abi.Step, 'order', order);
  writeField(engine.memory, step, abi.Step, 'dataset', dataset.address);
  const gradient = readField(engine.memory, step, abi.Step, 'gradient');
  const chunk = readField(engine.memory, step, abi.Step, 'chunk');
  const beyond = new Uint8Array(buffer, gradient, chunk - gradient);
  beyond.fill(0xa5);
  engine.kernels.run(address, 2, step); // LOAD_FEATURES, and the first layer's forward pass with the lists of the rows
  expect(beyond.length).toBeGreaterThan(0);
  expect(beyond.every((byte) => byte === 0xa5)).toBe(true);
});
