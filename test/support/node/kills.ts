// Kills training with SIGKILL again and again, while it saves every epoch.

import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { Autoencoder, type AutoencoderOptions } from '../../../src/index.js';
import { generator, sha256 } from '../data.js';
import { unpack } from '../files.js';
import type { Fit } from '../models.js';

const MODEL: AutoencoderOptions = { layers: [96, 40], seed: 3 };
const FIT: Fit = {
  // More epochs than are reached, so that the learning rate does not depend on when training is killed.
  epochs: 100_000,
  noise: { type: 'gaussian', amount: 0.1 },
  validationSplit: 0.25,
};

const source = (path: string) => JSON.stringify(new URL(path, import.meta.url));
const program = (path: string) => `
  import { existsSync } from 'node:fs';
  import { Autoencoder } from ${source('../../../dist/index.js')};
  import { loadFile } from ${source('../../../dist/node.js')};
  const path = ${JSON.stringify(path)};
  const resume = existsSync(path);
  const ae = resume ? await loadFile(path) : new Autoencoder(${JSON.stringify(MODEL)});
  const x = Float32Array.from({ length: 96 * 64 }, (_, i) => ((i * 7919) % 97) / 97);
  const onEpochEnd = ({ epoch }) => console.log(epoch);
  await ae.fit(x, { ...${JSON.stringify(FIT)}, resume, checkpoint: { path }, onEpochEnd });`;

/** Trains in a process, which is killed at a random time after it has printed some epochs. */
function trainAndKill(path: string, random: () => number): Promise<number[]> {
  const node = spawn(process.execPath, ['--input-type=module', '-e', program(path)]);
  const wanted = 1 + Math.floor(random() * 12);
  const later = random() * 8; // milliseconds: an epoch and its file take a few
  let out = '';
  let errors = '';
  node.stderr.on('data', (text) => {
    errors += text;
  });
  return new Promise((resolve, reject) => {
    node.on('error', reject);
    node.stdout.on('data', (text) => {
      out += text;
      if (out.split('\n').length > wanted) setTimeout(() => node.kill('SIGKILL'), later);
    });
    node.on('close', (_, signal) => {
      if (signal !== 'SIGKILL') reject(new Error(`the process ended by itself: ${errors}`));
      resolve(out.trim().split('\n').map(Number));
    });
  });
}

/**
 * Checks that the file loads after each kill, no epoch is lost, and the result has the bits of an
 * uninterrupted run.
 */
export async function trainsOnWhenKilled(kills: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'autoencoder-kills-'));
  try {
    const path = join(folder, 'killed.safetensors');
    const random = generator(1);
    let reached = 0;
    let left = 0;
    for (let kill = 0; kill < kills; kill++) {
      const epochs = await trainAndKill(path, random);
      // It must resume from the file instead of starting anew.
      expect(epochs[0]).toBe(reached + 1);
      const told = epochs.at(-1) as number;
      const file = readFileSync(path);
      Autoencoder.load(file);
      const { state } = Object.fromEntries(unpack(file).metadata);
      reached = JSON.parse(state as string).epochs;
      // The printed epochs were saved; the next epoch's file may exist already.
      expect([told, told + 1]).toContain(reached);
      left = readdirSync(folder).filter((name) => name.endsWith('.tmp')).length;
    }

    // An uninterrupted run to the same epoch, without a file.
    const ae = new Autoencoder(MODEL);
    const x = Float32Array.from({ length: 96 * 64 }, (_, i) => ((i * 7919) % 97) / 97);
    const controller = new AbortController();
    const running = ae.fit(x, {
      ...FIT,
      signal: controller.signal,
      onEpochEnd({ epoch }) {
        if (epoch === reached) controller.abort();
      },
    });
    await expect(running).rejects.toThrow();
    const end = await sha256(Uint8Array.from(readFileSync(path)));
    expect(end).toBe(await sha256(ae.save()));
    console.log(`${kills} kills: ${reached} epochs, ${left} killed in writing; ${end}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
