/** The lines that rows begin in; takes no room for those that follow each other. */
export class RowLines {
  /** Rows whose line is not the one after the last row's, and their lines. */
  readonly #rows: number[] = [];
  readonly #lines: number[] = [];
  #count = 0;
  #next = -1;

  /** The next row begins in this line, from 1. */
  add(line: number): void {
    if (line !== this.#next) {
      this.#rows.push(this.#count);
      this.#lines.push(line);
    }
    this.#count++;
    this.#next = line + 1;
  }

  /** The line of a row, from 0, that has been read. */
  of(row: number): number {
    const at = this.#rows.findLastIndex((start) => start <= row);
    return (this.#lines[at] as number) + row - (this.#rows[at] as number);
  }
}
