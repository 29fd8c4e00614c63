/** The element with this id, which index.html must have, of this kind. */
export function byId<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`index.html must have a ${kind.name} #${id}`);
  return element;
}

/** Milliseconds of each frame for painting: half a frame, since a phone may take several times as long. */
const BUDGET = 8;

const waiting = new Set<() => void>();

function paintWaiting(): void {
  const began = performance.now();
  for (const paint of waiting) {
    waiting.delete(paint);
    paint();
    if (performance.now() - began > BUDGET) break;
  }
  if (waiting.size > 0) requestAnimationFrame(paintWaiting);
}

/**
 * Calls `paint` once in the next frame, however often it is requested before then, or in a later frame if
 * there is more to paint than one has time for.
 */
export function oncePerFrame(paint: () => void): () => void {
  return () => {
    if (waiting.size === 0) requestAnimationFrame(paintWaiting);
    waiting.add(paint);
  };
}

/** Lets the page paint and respond before the next piece of long work. */
export function breathe(milliseconds = 0): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** The text colour of an element in the current theme. */
export function colourOf(element: Element): string {
  return getComputedStyle(element).color;
}
