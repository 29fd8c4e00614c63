import { Autoencoder } from 'autoencoder-wasm';
import { choiceFromAddress } from './choices.js';
import { loadPictures } from './data.js';
import { breathe, byId } from './dom.js';
import { Page } from './page.js';
import { buildParts, type Parts } from './parts.js';
import { type PictureSet, SETS } from './sets.js';
import { startTheme } from './theme.js';
import { speakOf } from './words.js';

const state = byId('state', HTMLElement);
let parts: Parts | undefined;
startTheme(location.search, () => {
  parts?.chart.recolour();
  parts?.map.recolour();
});

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);

function progressOf(bytes: number, of: number | undefined): string {
  return `${megabytes(bytes)}${of ? ` of ${megabytes(of)}` : ''} MB`;
}

try {
  const choice = choiceFromAddress(location.search);
  const set = SETS[choice.data] as PictureSet;
  speakOf(set);
  // The first use compiles the kernels, which takes a while, so it happens while the pictures load.
  new Autoencoder({ layers: [784, 1] }).encodeSync(new Uint8Array(784));
  const { first, rest } = await loadPictures(set, choice.rows, (bytes, of) => {
    state.textContent = `Loading pictures: ${progressOf(bytes, of)}`;
  });
  const page = new Page(choice, first);
  await breathe();
  page.restart();
  // Everything else would compete with the first epoch for the network and the processor.
  await page.begun;
  await breathe();
  parts = await buildParts(first);
  page.add(parts);
  await rest((bytes, of) => page.arriving(progressOf(bytes, of))).then(
    (all) => page.arrived(all),
    (reason) => page.missing(reason),
  );
} catch (error) {
  state.textContent = `The page could not start: ${error}`;
  state.dataset.state = 'failed';
  throw error;
}
