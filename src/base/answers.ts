/** Promises returned by callbacks that have not been awaited yet. */
export class Answers {
  readonly #open: Promise<unknown>[] = [];
  readonly #failures: unknown[] = [];

  /** Takes what a callback has returned, a promise or not. */
  add(answer: unknown): void {
    if (typeof (answer as PromiseLike<unknown> | undefined)?.then !== 'function') return;
    const settled = Promise.resolve(answer).catch((error: unknown) => this.#failures.push(error));
    this.#open.push(settled);
  }

  /** Throws the reason of a rejected promise, if there is one. */
  throwIfRejected(): void {
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  /** Waits for all of them, and throws the first rejection. */
  async settled(): Promise<void> {
    await Promise.all(this.#open);
    this.throwIfRejected();
  }
}
