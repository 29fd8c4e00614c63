/** The element with this id; index.html has it, and has it of this kind. */
export function byId<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`index.html must have a ${kind.name} #${id}`);
  return element;
}

/** Milliseconds of a frame for painting: half of one, and a phone may take several times as long. */
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
 * Calls `paint` in the next frame, however often it is asked to until then; in a later one when there
 * is more to paint than a frame has time for.
 */
export function oncePerFrame(paint: () => void): () => void {
  return () => {
    if (waiting.size === 0) requestAnimationFrame(paintWaiting);
    waiting.add(paint);
  };
}

/** Lets the page draw and answer before the next piece of long work. */
export function breathe(milliseconds = 0): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** The colour that an element's text has in the theme in use. */
export function colourOf(element: Element): string {
  return getComputedStyle(element).color;
}
