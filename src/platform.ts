// The one file that knows Node from a browser.

/** Lets the event loop run: timers, input, network; as soon as those are served, we go on. */
export const yieldToEventLoop: () => Promise<void> = (() => {
  const immediate = (globalThis as { setImmediate?: (callback: () => void) => unknown })
    .setImmediate;
  if (immediate) return () => new Promise<void>((resolve) => immediate(resolve));
  // In a page setTimeout is held back to 4 ms when nested; a message is not.
  return () =>
    new Promise<void>((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(null);
    });
})();

/** The bytes of a base64 text. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** A random 32-bit seed, for models that are given none. */
export function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] as number;
}

interface NodeProcess {
  getBuiltinModule?(name: 'node:os'): { availableParallelism(): number };
}

/** How many threads the machine runs at once. */
export function hardwareThreads(): number {
  const { process } = globalThis as { process?: NodeProcess };
  const os = process?.getBuiltinModule?.('node:os');
  const count = os?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
  return Math.min(count, 256);
}
