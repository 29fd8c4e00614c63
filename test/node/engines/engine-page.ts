// The program that test/node/engines/engines.slow.ts runs in pages of other engines.

import type { Autoencoder } from '../../../src/index.js';
import { type Outcome, outcomes } from '../../support/bits.js';

/** Properties of the page, and the results it computes. */
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

/** An error is passed as text, which every protocol can carry. */
export type Answer = Findings | { readonly error: string };

/** The findings of a page with this library. */
export function answer(Model: typeof Autoencoder): Promise<Answer> {
  return find(Model).catch((error) => ({ error: String(error) }));
}
