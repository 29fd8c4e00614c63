// The axis of scores: linear below 1 and increasingly compressed above, so that a few very large scores
// leave room for the rest.

const to = (score: number) => Math.asinh(score);
const from = (place: number) => Math.sinh(place);

export class ScoreScale {
  readonly low: number;
  readonly high: number;

  constructor(lowest: number, highest: number) {
    const [a, b] = [to(lowest), to(highest)];
    const room = Math.max(0.02 * (b - a), 0.05);
    this.low = a - room;
    this.high = b + room;
  }

  /** The position of a score on the axis, 0 to 1. */
  place(score: number): number {
    return (to(score) - this.low) / (this.high - this.low);
  }

  score(place: number): number {
    return from(this.low + place * (this.high - this.low));
  }

  /** Round scores for ticks, at least the fraction `apart` of the axis from each other. */
  ticks(apart: number): number[] {
    const steps = [1, 2, 5];
    const wanted = [0];
    for (let power = 1; power < 1e9; power *= 10) {
      for (const step of steps) wanted.push(step * power, -step * power);
    }
    wanted.push(0.5, -0.5);
    const found: number[] = [];
    // The roundest numbers come first.
    for (const tick of wanted.sort((x, y) => rank(x) - rank(y))) {
      const place = this.place(tick);
      if (place < 0.01 || place > 0.99) continue;
      if (found.every((other) => Math.abs(this.place(other) - place) >= apart)) found.push(tick);
    }
    return found.sort((x, y) => x - y);
  }
}

function rank(tick: number): number {
  if (tick === 0) return 0;
  const digit = Number(Math.abs(tick).toExponential()[0]);
  return digit === 1 ? 1 : digit === 5 ? 2 : 3;
}
