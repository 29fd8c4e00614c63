import type { PictureSet } from './sets.js';

/** Puts the name of the pictures into index.html, which is written for digits. */
export function speakOf(set: PictureSet): void {
  if (set.one === 'digit') return;
  for (const element of document.querySelectorAll<HTMLElement>('[data-words]')) {
    element.textContent = (element.textContent ?? '')
      .replace(/\bdigits\b/g, set.many)
      .replace(/\bdigit\b/g, set.one);
  }
}
