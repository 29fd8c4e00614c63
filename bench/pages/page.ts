// The script of the page: its global `run` runs one of the tasks.

import { Autoencoder } from '../../dist/index.js';
import { type Result, WORKS } from './works.js';

async function bytes(path: string): Promise<Uint8Array> {
  return new Uint8Array(await (await fetch(path)).arrayBuffer());
}

async function run(work: string): Promise<Result> {
  const [train, validation, test] = await Promise.all(
    ['/train', '/validation', '/test'].map(bytes),
  );
  const images = { train, validation, test } as Parameters<(typeof WORKS)[string]['run']>[1];
  return (WORKS[work] as (typeof WORKS)[string]).run(Autoencoder, images);
}

Object.assign(globalThis, { run });
