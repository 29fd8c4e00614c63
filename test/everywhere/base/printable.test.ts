import { describe, expect, test } from 'vitest';
import { printable, quoted } from '../../../src/base/printable.js';
import { Autoencoder } from '../../../src/index.js';
import { container } from '../../support/files.js';

describe('text from files and arguments in messages', () => {
  test.each([
    ['plain', 'plain'],
    ['Größe 温度 🌡️', 'Größe 温度 🌡️'],
    ['\x1b[31mred\x07', '\\u001b[31mred\\u0007'],
    ['a\nb\r\tc\0', 'a\\nb\\r\\tc\\u0000'],
    ['\u202egnp.exe\u2028', '\\u202egnp.exe\\u2028'],
    ['\ud800', '\\ud800'],
  ])('%j is shown as %s', (text, shown) => {
    expect(printable(text)).toBe(shown);
    expect(quoted(text)).toBe(`'${shown}'`);
  });

  test('long text is cut, but never within a character', () => {
    expect(printable('x'.repeat(3_000_000))).toBe(`${'x'.repeat(40)}...`);
    expect(printable(`${'x'.repeat(39)}🌡`)).toBe(`${'x'.repeat(39)}...`);
    expect(printable('abcdef', 3)).toBe('abc...');
  });

  test('names of tensors, options and values are printed safely', () => {
    const name = `\x1b[2J${'n'.repeat(100_000)}`;
    const tensor = '{"dtype":"F32","shape":[1],"data_offsets":[0,4]}';
    const file = container(`{${JSON.stringify(name)}:${tensor}}`, [0, 0, 0, 0]);
    const attempts = [
      () => Autoencoder.load(file),
      () => new Autoencoder({ layers: [2, 1], [name]: 1 } as never),
      () => new Autoencoder({ layers: [2, 1], activation: name as never }),
      () => new Autoencoder({ layers: [2, 1], seed: Symbol(name) as never }),
    ];
    for (const attempt of attempts) {
      let message = '';
      try {
        attempt();
      } catch (error) {
        message = (error as Error).message;
      }
      expect(message).toContain('\\u001b[2Jnnn');
      expect(message).not.toContain('\x1b');
      expect(message.length).toBeLessThan(500);
    }
  });
});
