// Takes the visitor's input: dropped or chosen files, a folder or a sample, and the options for reading
// CSV.

import { byId } from './dom.js';
import type { Picture, ReadingOptions, SampleName, Source } from './engine/calls.js';

const PICTURE = /\.(png|jpe?g|gif|webp|avif|bmp)$/i;
const isPicture = ({ name, type }: File) => type.startsWith('image/') || PICTURE.test(name);

export class Intake {
  readonly #onSource: (source: Source) => void;
  readonly #onProblem: (problem: string) => void;
  readonly #form = byId('reading-form', HTMLFormElement);
  readonly #reread = byId('reread', HTMLButtonElement);
  #file: File | undefined;

  constructor(onSource: (source: Source) => void, onProblem: (problem: string) => void) {
    this.#onSource = onSource;
    this.#onProblem = onProblem;
    const [file, folder] = [byId('file', HTMLInputElement), byId('folder', HTMLInputElement)];
    byId('choose-file', HTMLButtonElement).addEventListener('click', () => file.click());
    byId('choose-folder', HTMLButtonElement).addEventListener('click', () => folder.click());
    for (const input of [file, folder]) {
      input.addEventListener('change', () => {
        this.#take([...(input.files ?? [])]);
        input.value = ''; // so that the same file can be chosen again
      });
    }
    for (const button of document.querySelectorAll<HTMLButtonElement>('[data-sample]')) {
      button.addEventListener('click', () => {
        this.#remember(undefined);
        this.#onSource({ kind: 'sample', name: button.dataset.sample as SampleName });
      });
    }
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (this.#file) this.#take([this.#file]);
    });
    this.#listenToDrops();
  }

  /** The options for reading CSV from the form. */
  get reading(): ReadingOptions {
    const form = new FormData(this.#form);
    const text = (name: string) => String(form.get(name) ?? '').trim();
    const delimiter = { tab: '\t', space: ' ' }[text('delimiter')] ?? text('delimiter');
    const thousands = String(form.get('thousands') ?? '');
    const na = text('na')
      .split(',')
      .map((word) => word.trim())
      .filter((word) => word !== '');
    const skip = Number(text('skip'));
    return {
      ...(delimiter !== '' && { delimiter }),
      ...(text('decimal') !== '' && { decimal: text('decimal') as '.' | ',' }),
      ...(thousands !== '' && { thousands }),
      ...(text('header') !== '' && { header: text('header') === 'yes' }),
      ...(form.get('symbols') !== null && { symbols: true }),
      ...(na.length > 0 && { na }),
      ...(skip > 0 && { skip }),
    };
  }

  #take(files: readonly File[]): void {
    const pictures = files.filter(isPicture);
    if (pictures.length > 0 && pictures.length >= files.length / 2) {
      this.#remember(undefined);
      const named: Picture[] = pictures.map((file) => ({ name: file.name, file }));
      this.#onSource({ kind: 'pictures', pictures: named });
      return;
    }
    const [file] = files;
    if (!file) {
      this.#onProblem('There is no file here. Choose a table or a folder of pictures.');
      return;
    }
    if (files.length > 1) {
      this.#onProblem(`These are ${files.length} files. Choose a single table, or only pictures.`);
      return;
    }
    this.#remember(file);
    this.#onSource({ kind: 'file', file, options: this.reading });
  }

  #remember(file: File | undefined): void {
    this.#file = file;
    this.#reread.disabled = !file;
  }

  #listenToDrops(): void {
    const drop = byId('drop', HTMLElement);
    // A file that is dropped outside of the field must not replace the page.
    document.addEventListener('dragover', (event) => {
      event.preventDefault();
      drop.classList.add('over');
    });
    document.addEventListener('dragleave', (event) => {
      if (!event.relatedTarget) drop.classList.remove('over');
    });
    document.addEventListener('drop', async (event) => {
      event.preventDefault();
      drop.classList.remove('over');
      const items = [...(event.dataTransfer?.items ?? [])];
      const entries = items.map((item) => item.webkitGetAsEntry?.() ?? null);
      const plain = [...(event.dataTransfer?.files ?? [])];
      try {
        const hasFolder = entries.some((entry) => entry?.isDirectory);
        this.#take(hasFolder ? (await Promise.all(entries.map(filesOf))).flat() : plain);
      } catch (error) {
        this.#onProblem(
          `The dropped files cannot be read (${(error as Error).message}). Use the button to choose them.`,
        );
      }
    });
  }
}

/** All files of a folder and its subfolders. */
async function filesOf(entry: FileSystemEntry | null): Promise<File[]> {
  if (!entry) return [];
  if (entry.isFile) {
    return [
      await new Promise<File>((resolve, reject) =>
        (entry as FileSystemFileEntry).file(resolve, reject),
      ),
    ];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const files: File[] = [];
  for (;;) {
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (entries.length === 0) return files; // it returns up to a hundred at a time
    for (const each of entries) files.push(...(await filesOf(each)));
  }
}
