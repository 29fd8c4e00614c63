// Saves a model from the page as a file, and loads one.

import { Autoencoder } from 'autoencoder-wasm';
import { byId } from './dom.js';
import { PIXELS } from './pixels.js';

/** Offers the model as a download; the name contains the set of pictures and the layers. */
export function saveFile(model: Autoencoder, name: string): void {
  const url = URL.createObjectURL(new Blob([model.save()]));
  const link = document.createElement('a');
  link.href = url;
  link.download = `${name}-${model.options.layers.join('-')}.safetensors`;
  link.click();
  URL.revokeObjectURL(url);
}

/** Lets the visitor choose a file, and passes on the model in it, or the reason why it cannot be read. */
export class FilePicker {
  readonly #input = byId('file', HTMLInputElement);

  constructor(onModel: (model: Autoencoder) => void, onError: (reason: string) => void) {
    this.#input.addEventListener('change', async () => {
      const [file] = this.#input.files ?? [];
      if (!file) return;
      try {
        onModel(pictureModel(new Uint8Array(await file.arrayBuffer())));
      } catch (error) {
        onError(`${file.name}: ${error instanceof Error ? error.message : error}`);
      }
      this.#input.value = ''; // so that the same file can be chosen again
    });
  }

  open(): void {
    this.#input.click();
  }
}

function pictureModel(bytes: Uint8Array): Autoencoder {
  const model = Autoencoder.load(bytes);
  const [width] = model.options.layers;
  if (width !== PIXELS)
    throw new Error(`a model of such pictures takes ${PIXELS} numbers, not ${width}`);
  return model;
}
