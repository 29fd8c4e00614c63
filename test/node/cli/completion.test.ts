// The completion scripts for shells.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flagsOf } from '../../../src/cli/command.js';
import { COMMANDS } from '../../../src/cli/commands.js';
import { called } from '../../support/node/cli.js';

let folder: string;
const path = (shell: string) => join(folder, `script.${shell}`);
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'autoencoder-wasm-'));
  writeFileSync(join(folder, 'my data.csv'), '');
  writeFileSync(join(folder, 'model.safetensors'), '');
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { code, stdout, stderr } = await called(folder, ['completion', shell]);
    expect([code, stderr]).toEqual([0, '']);
    writeFileSync(path(shell), stdout);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The completions that bash offers for the last word of a line. */
function offered(...words: string[]): string[] {
  const program = `. "$1"; shift
COMP_WORDS=(autoencoder-wasm "$@") COMP_CWORD=$#
_autoencoder_wasm; printf '%s\n' "\${COMPREPLY[@]}"`;
  const out = execFileSync('bash', ['-c', program, 'bash', path('bash'), ...words], {
    cwd: folder,
    encoding: 'utf8',
  });
  return out.split('\n').filter((line) => line !== '');
}

describe('bash', () => {
  test('loads the script, and registers the completion', () => {
    execFileSync('bash', ['-n', path('bash')]);
    const out = execFileSync('bash', ['-c', `. ${path('bash')}; complete -p autoencoder-wasm`]);
    expect(String(out)).toBe('complete -F _autoencoder_wasm autoencoder-wasm\n');
  });

  test('completes commands', () => {
    expect(offered('')).toEqual([
      ...COMMANDS.map(({ name }) => name),
      'help',
      '--help',
      '--version',
    ]);
    expect(offered('e')).toEqual(['encode', 'explain', 'evaluate', 'export']);
    expect(offered('help', 'en')).toEqual(['encode']);
    expect(offered('completion', '')).toEqual(['bash', 'zsh', 'fish']);
  });

  test.each(COMMANDS.map((command) => [command.name, command] as const))(
    'completes the flags of %s',
    (name, command) => {
      const expected = flagsOf(command).map((flag) => `--${flag.name}`);
      expect(offered(name, '--').sort()).toEqual(expected.sort());
    },
  );

  test('completes values of flags', () => {
    expect(offered('train', '--activation', '')).toContain('leakyRelu');
    expect(offered('train', 'x.csv', '--loss', 'm')).toEqual(['mse', 'mae']);
    expect(offered('train', '--loss', '=', 'm')).toEqual(['mse', 'mae']);
    expect(offered('export', '--part', '=')).toEqual(['encoder', 'decoder', 'full']);
    expect(offered('train', '--epochs', '')).toEqual([]);
  });

  test('completes file names', () => {
    expect(offered('encode', '-m', 'mod')).toEqual(['model.safetensors']);
    expect(offered('train', '--checkpoint', '=', 'mod')).toEqual(['model.safetensors']);
    expect(offered('encode', 'my')).toEqual(['my data.csv']);
    expect(offered('train', '--checkpoint', 'my')).toEqual(['my data.csv']);
  });
});

describe.each(['zsh', 'fish'])('%s', (shell) => {
  const isThere = spawnSync(shell, ['--version']).status === 0;
  test.runIf(isThere)('accepts the syntax of the script', () => {
    execFileSync(shell, ['-n', path(shell)]);
  });

  test('the script has all commands and flags', async () => {
    const { stdout } = await called(folder, ['completion', shell]);
    const script = stdout.toString();
    for (const command of COMMANDS) {
      expect(script).toContain(command.name);
      for (const { name, short } of flagsOf(command)) {
        expect(script).toContain(shell === 'fish' ? ` -l ${name} ` : `--${name}`);
        if (short) expect(script).toContain(shell === 'fish' ? ` -s ${short} ` : `-${short})`);
      }
    }
    // Quotes are balanced: apart from escaped ones, their number is even.
    const escaped = shell === 'fish' ? /\\'/g : /'\\''/g;
    for (const line of script.split('\n').filter((line) => !line.startsWith('#')))
      expect([line, line.replaceAll(escaped, '').split("'").length % 2]).toEqual([line, 1]);
  });
});

test('other shells are refused', async () => {
  const { code, stderr } = await called(folder, ['completion', 'tcsh']);
  expect([code, stderr.split('\n')[0]]).toEqual([
    2,
    "autoencoder-wasm: SHELL must be one of bash, zsh, fish, got 'tcsh'",
  ]);
});
