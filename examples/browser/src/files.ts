// A model as a file: saved from the page, and loaded into it.

import { Autoencoder } from 'autoencoder-wasm';
import { byId } from './dom.js';
import { PIXELS } from './pixels.js';

/** Offers the model for download, under a name that tells what it learned from and its layers. */
export function saveFile(model: Autoencoder, name: string): void {
  const url = URL.createObjectURL(new Blob([model.save()]));
  const link = document.createElement('a');
  link.href = url;
  link.download = `${name}-${model.options.layers.join('-')}.safetensors`;
  link.click();
  URL.revokeObjectURL(url);
}

/** Lets the visitor choose a file, and gives the model in it, or the reason why there is none. */
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
