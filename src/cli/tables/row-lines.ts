/** The line in which each row begins. Consecutive lines take no memory. */
export class RowLines {
  /** Rows that do not begin on the line after the previous row's, and their lines. */
  readonly #rows: number[] = [];
  readonly #lines: number[] = [];
  #count = 0;
  #next = -1;

  /** Adds the next row, which begins on this line, from 1. */
  add(line: number): void {
    if (line !== this.#next) {
      this.#rows.push(this.#count);
      this.#lines.push(line);
    }
    this.#count++;
    this.#next = line + 1;
  }

  /** The line of a row that was added; rows count from 0. */
  of(row: number): number {
    const at = this.#rows.findLastIndex((start) => start <= row);
    return (this.#lines[at] as number) + row - (this.#rows[at] as number);
  }
}
