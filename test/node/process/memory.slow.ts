// The memory that load needs for any file, and fit for many rows; npm run test:slow.

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inProcess } from '../../support/node/child.js';

// Node's own growth while it reads any file: garbage that is not yet collected.
const SLACK = 60e6;

describe('memory', () => {
  const inFile: Record<string, string> = {
    'a header beyond the cap': `container('{"' + 'n'.repeat(90e6) + '":1}')`,
    'a header of one long name': `container('{"' + 'n'.repeat(3.9e6) + '":1}')`,
    'a header of one long name with escapes': `container('{"' + '\\\\n'.repeat(1.95e6) + '":1}')`,
    'a header of metadata': `container('{"__metadata__":{"k":"' + 'v'.repeat(3.9e6) + '"}}')`,
    'a header of names': `container('{' + Array.from({ length: 70_000 }, (_, i) =>
      '"' + i + '":{"dtype":"F32","shape":[],"data_offsets":[0,0]}') + '}')`,
    'a header of tensors without elements': `container('{' + Array.from({ length: 70_000 }, (_, i) =>
      '"' + i + '":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}') + '}')`,
    'a header of brackets': `container('{"a":{"shape":' + '['.repeat(3.9e6))`,
    'a header of digits': `container('{"a":{"shape":[' + '1'.repeat(3.9e6))`,
    'a header of spaces': `container('{' + ' '.repeat(3.9e6))`,
    'options of brackets': `container(JSON.stringify({ __metadata__: {
      format: 'autoencoder-wasm', version: '1', options: '['.repeat(3.9e6) } }))`,
    'options of the widest layers': `container(JSON.stringify({ __metadata__: {
      format: 'autoencoder-wasm', version: '1', options: JSON.stringify({
        ...new Autoencoder({ layers: [2, 1] }).options, layers: [2 ** 24, 2 ** 24] }) } }))`,
    'options of many layers': `container(JSON.stringify({ __metadata__: {
      format: 'autoencoder-wasm', version: '1', options: JSON.stringify({
        ...new Autoencoder({ layers: [2, 1] }).options, layers: Array(30_000).fill(1) }) } }))`,
    'a model cut in its last byte': 'new Autoencoder({ layers: [12e6, 1] }).save().subarray(0, -1)',
  };
  test.each(Object.entries(inFile))(
    '%s is refused with at most twice the memory of the file',
    async (_, source) => {
      const { grown, bytes, message } = await inProcess<Measured>(`
      import { container } from './test/support/files.ts';
      ${measure(`Buffer.from(${source})`, 'Autoencoder.load(file)')}`);
      expect(message).toMatch(/^RangeError: bytes is not a /);
      expect(grown).toBeLessThan(2 * bytes + SLACK);
    },
  );

  test('a valid file is loaded with at most twice its memory', async () => {
    const { grown, bytes, message } = await inProcess<Measured>(
      measure(
        'new Autoencoder({ layers: [4_000, 3_000], seed: 1 }).save()',
        'Autoencoder.load(file)',
      ),
    );
    expect(message).toBe('');
    expect(grown).toBeLessThan(2 * bytes + SLACK);
  });

  interface Measured {
    /** The growth of the process at its peak. */
    grown: number;
    bytes: number;
    message: string;
  }

  /** A separate process creates the file, since this takes memory too. */
  function measure(source: string, action: string): string {
    const path = JSON.stringify(
      join(tmpdir(), `autoencoder-${process.pid}-${crypto.randomUUID()}`),
    );
    return `
      import { execFileSync } from 'node:child_process';
      import { readFileSync, rmSync, writeFileSync } from 'node:fs';
      if (process.argv[2] === 'write') {
        writeFileSync(${path}, ${source});
      } else {
        const args = [...process.execArgv, process.argv[1], 'write'];
        execFileSync(process.execPath, args, { stdio: 'inherit' });
        const file = readFileSync(${path});
        rmSync(${path});
        gc();
        const before = process.memoryUsage.rss();
        let message = '';
        try {
          globalThis.kept = ${action};
        } catch (error) {
          message = String(error).slice(0, 100);
        }
        const grown = process.resourceUsage().maxRSS * 1024 - before;
        report({ grown, bytes: file.length, message });
      }`;
  }
});

// The size and the share of non-zeros of MNIST; and numbers without zeros, the form that needs most memory.
describe('60,000 x 784 values', () => {
  test.each([
    ['bytes, mostly zero', 'Uint8Array', '(i * 2654435761) % 5 ? 0 : 1 + (i % 255)', 300e6],
    ['numbers', 'Float32Array', '(1 + (i % 255)) / 256', 60_000 * 784 * 4 + 300e6],
  ])('fit %s with little more memory than their own', async (_, type, value, limit) => {
    const { grown, rows } = await inProcess<{ grown: number; rows: number }>(`
      const x = new ${type}(60_000 * 784);
      for (let i = 0; i < x.length; i++) x[i] = ${value};
      const ae = new Autoencoder({ layers: [784, 8], seed: 0 });
      const idle = process.memoryUsage.rss();
      const [{ seconds, samplesPerSecond }] = await ae.fit(x, { epochs: 1 });
      report({ grown: process.resourceUsage().maxRSS * 1024 - idle, rows: Math.round(seconds * samplesPerSecond) });`);
    expect(rows).toBe(60_000);
    expect(grown).toBeLessThan(limit);
  });
});
