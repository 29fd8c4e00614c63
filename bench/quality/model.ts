import { Autoencoder, type AutoencoderOptions, type FitOptions } from '../../src/index.js';

/** The options of a model and of its training, without the seed. */
export interface Recipe {
  readonly model: AutoencoderOptions;
  readonly fit: FitOptions<never>;
}

/** Returns a model with this seed, trained on the rows. */
export async function train(
  { model, fit }: Recipe,
  seed: number,
  rows: Uint8Array | Float32Array,
): Promise<Autoencoder> {
  const ae = new Autoencoder({ ...model, seed });
  await ae.fit(rows, fit);
  return ae;
}

/** The recipe as a user would write it: only the options that differ from the defaults. */
export function describe({ model, fit }: Recipe): string {
  const text = (options: object) =>
    JSON.stringify(options)
      .replaceAll(/"(\w+)":/g, ' $1: ')
      .replaceAll('"', "'")
      .replaceAll(/,(?=\S)/g, ', ')
      .replaceAll(/ ?}/g, ' }');
  return `\`new Autoencoder(${text(model)})\`, \`fit(x, ${text(fit)})\``;
}
