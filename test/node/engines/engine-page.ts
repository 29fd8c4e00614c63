// What test/node/engines/engines.slow.ts runs in a page of another engine.

import type { Autoencoder } from '../../../src/index.js';
import { type Outcome, outcomes } from '../../support/bits.js';

/** What the page is, and what it computes. */
export interface Findings {
  readonly isolated: boolean;
  readonly sharedArrayBuffer: boolean;
  readonly fastMath: boolean;
  readonly outcomes: Record<string, Outcome>;
}

async function find(Model: typeof Autoencoder): Promise<Findings> {
  return {
    isolated: crossOriginIsolated,
    sharedArrayBuffer: 'SharedArrayBuffer' in globalThis,
    fastMath: new Model({ layers: [4, 2], fastMath: true }).fastMath,
    outcomes: await outcomes(Model),
  };
}

/** An error comes as its text, which every protocol can carry. */
export type Answer = Findings | { readonly error: string };

/** What a page finds with this library. */
export function answer(Model: typeof Autoencoder): Promise<Answer> {
  return find(Model).catch((error) => ({ error: String(error) }));
}
