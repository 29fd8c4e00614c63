import { Autoencoder, type AutoencoderOptions, type FitOptions } from '../../src/index.js';

/** What a model is made of and how it is trained, but for the seed. */
export interface Recipe {
  readonly model: AutoencoderOptions;
  readonly fit: FitOptions<never>;
}

/** A model of this seed, trained on the rows. */
export async function train(
  { model, fit }: Recipe,
  seed: number,
  rows: Uint8Array | Float32Array,
): Promise<Autoencoder> {
  const ae = new Autoencoder({ ...model, seed });
  await ae.fit(rows, fit);
  return ae;
}

/** As a reader would write it: the options that differ from the defaults. */
export function describe({ model, fit }: Recipe): string {
  const text = (options: object) =>
    JSON.stringify(options)
      .replaceAll(/"(\w+)":/g, ' $1: ')
      .replaceAll('"', "'")
      .replaceAll(/,(?=\S)/g, ', ')
      .replaceAll(/ ?}/g, ' }');
  return `\`new Autoencoder(${text(model)})\`, \`fit(x, ${text(fit)})\``;
}
