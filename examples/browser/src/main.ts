import { Autoencoder } from 'autoencoder-wasm';
import { choiceFromAddress } from './choices.js';
import { loadPictures } from './data.js';
import { breathe, byId } from './dom.js';
import { Page } from './page.js';
import { buildParts, type Parts } from './parts.js';
import { type PictureSet, SETS } from './sets.js';
import { startTheme } from './theme.js';
import { speakOf } from './words.js';

/** All pictures may come at once, as from this machine: then nothing is begun with a few of them. */
const PATIENCE_MS = 300;

const state = byId('state', HTMLElement);
let loaded = '';
let page: Page | undefined;
let parts: Parts | undefined;
startTheme(location.search, () => {
  parts?.chart.recolour();
  parts?.map.recolour();
});

function onBytes(bytes: number, of: number | undefined): void {
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  loaded = `${megabytes(bytes)}${of ? ` of ${megabytes(of)}` : ''} MB of pictures`;
  if (page) page.arriving(loaded);
  else state.textContent = `Loading: ${loaded}`;
}

try {
  const choice = choiceFromAddress(location.search);
  const set = SETS[choice.data] as PictureSet;
  speakOf(set);
  const { unseen, first, all } = await loadPictures(set, choice.rows, onBytes);
  // The first use compiles the kernels: a piece of work by itself.
  new Autoencoder({ layers: [784, 1] }).encodeSync(unseen.image(0));
  await breathe();
  const built = await buildParts(first, unseen);
  parts = built;
  const soon = await Promise.race([all, breathe(PATIENCE_MS)]);
  page = new Page(choice, soon ?? first, unseen, built, !soon);
  if (soon) built.map.take(soon);
  await breathe();
  page.restart();
  page.arriving(loaded);
  if (!soon) {
    const shown = page;
    await all.then(
      (training) => {
        built.map.take(training);
        shown.arrived(training);
      },
      (reason) => shown.missing(reason),
    );
  }
} catch (error) {
  state.textContent = `The page could not start: ${error}`;
  state.dataset.state = 'failed';
  throw error;
}
