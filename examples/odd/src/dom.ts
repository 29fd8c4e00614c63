// Helpers for the page's elements.

/** The element with this id, which index.html must have, of this kind. */
export function byId<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`index.html must have a ${kind.name} #${id}`);
  return element;
}

/** Creates an element with attributes and children. Strings become text, never HTML. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Calls `paint` once in the next frame, however often it is requested before then. */
export function oncePerFrame(paint: () => void): () => void {
  let isAsked = false;
  return () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      paint();
    });
  };
}

/** Lets the page paint and respond before the next piece of work. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

export const count = (n: number): string => n.toLocaleString('en');
export const plural = (n: number, one: string): string => `${count(n)} ${one}${n === 1 ? '' : 's'}`;

/** A colour that style.css defines. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** The context of a canvas that is resized to its displayed size. It draws in CSS pixels. */
export function sized(canvas: HTMLCanvasElement): CanvasRenderingContext2D | undefined {
  const { clientWidth, clientHeight } = canvas;
  const ratio = Math.min(devicePixelRatio || 1, 2);
  const [width, height] = [Math.round(clientWidth * ratio), Math.round(clientHeight * ratio)];
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext('2d');
  context?.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context ?? undefined;
}
