/** Shows a code as a strip of bars, upwards for positive numbers and downwards for negative ones. */
export class CodeBars {
  readonly #host: HTMLElement;

  constructor(host: HTMLElement) {
    this.#host = host;
  }

  show(code: Float32Array, largest: number): void {
    while (this.#host.childElementCount < code.length) {
      this.#host.append(document.createElement('i'));
    }
    while (this.#host.childElementCount > code.length) this.#host.lastElementChild?.remove();
    const isSigned = code.some((value) => value < -0.05 * largest);
    this.#host.toggleAttribute('data-signed', isSigned);
    const bars = [...this.#host.children] as HTMLElement[];
    bars.forEach((bar, i) => {
      const value = code[i] as number;
      bar.style.setProperty('--size', String(Math.max(-1, Math.min(1, value / largest))));
      bar.title = `unit ${i + 1}: ${value.toFixed(2)}`;
    });
    if (code.every((value) => value === 0)) {
      this.#host.setAttribute('aria-label', `The code: ${code.length} numbers, all 0`);
      return;
    }
    const top = code.reduce((best, value, i) => (value > (code[best] as number) ? i : best), 0);
    this.#host.setAttribute(
      'aria-label',
      `The code: ${code.length} numbers; the largest is unit ${top + 1}, ${code[top]?.toFixed(2)}`,
    );
  }
}
