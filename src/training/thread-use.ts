// Finds out during a run whether its threads pay off. If other programs use the cores, threads wait at each
// barrier for one that the system has suspended for some milliseconds, and together they may be slower than
// one thread alone. Results do not depend on this.

/** A number of steps to run in one go. */
export interface Stretch {
  /** Whether the first thread runs them alone, or all threads together. */
  readonly alone: boolean;
  readonly steps: number;
}

/** How long either way is measured, in milliseconds: several times as long as a thread is suspended. */
const TRIAL_MS = 25;
/** Threads are examined if they fall asleep at barriers more often than once in this many milliseconds. */
const SLEEP_EVERY_MS = 10;
/** All threads together must be slower than this for training to drop to one. */
const WORTH = 0.95;
/**
 * After so long alone, all threads are tried again, and if that was no better, after twice as long. A trial
 * costs some 20 ms beside two busy loops on two cores; after 400 ms that was 2 % of a fit of 1.4 s.
 */
const [FIRST_ALONE_MS, LAST_ALONE_MS] = [800, 6400];
/** The same for trying one thread again, after it was no better than all. */
const [FIRST_TOGETHER_MS, LAST_TOGETHER_MS] = [400, 25_600];
/** The longest stretch: at its end the threads wait some 0.1 ms for a message. */
const LONGEST_MS = 250;
/**
 * The length of the first stretch, before the time per step is known: with 16 steps, two threads of a busy
 * machine took 110 ms for it, in a run that takes one thread 330 ms.
 */
const FIRST_STEPS = 4;

/** Decides how to run the next steps, and is told how long they took. */
export class ThreadUse {
  #alone = false;
  /** Whether this is a trial, when the speed of the other way is known. */
  #isTrial = false;
  /** Milliseconds per step of all threads together and of one alone, as last measured. */
  readonly #speeds: { together: number; alone: number } = { together: 0, alone: 0 };
  /** Measurements of the current way since it was last judged. */
  #steps = 0;
  #ms = 0;
  #sleeps = 0;
  /** How long the current way has been used. */
  #age = 0;
  /** How long one thread runs alone, and all together, before the other way is tried. */
  #aloneFor = 0;
  #togetherFor = 0;

  /** The next stretch, of at most `left` steps. */
  next(left: number): Stretch {
    const { together, alone } = this.#speeds;
    const known = this.#alone ? alone : together;
    // Until it is measured, one thread is assumed to be as fast as all, so that a trial is not too long.
    const speed = this.#steps > 0 ? this.#ms / this.#steps : known || together;
    const length = this.#isTrial || known === 0 ? TRIAL_MS - this.#ms : LONGEST_MS;
    const wanted = speed > 0 ? Math.max(1, Math.round(length / speed)) : FIRST_STEPS;
    return { alone: this.#alone, steps: Math.min(wanted, left) };
  }

  /** @param sleeps how often a thread fell asleep at a barrier during the stretch. */
  note({ steps }: Stretch, ms: number, sleeps: number): void {
    this.#steps += steps;
    this.#ms += ms;
    // Threads are told of a stretch one after the other: the first one sleeps at the first barrier.
    this.#sleeps += Math.max(0, sleeps - 1);
    this.#age += ms;
    if (this.#ms < TRIAL_MS) return;
    const speeds = this.#speeds;
    speeds[this.#alone ? 'alone' : 'together'] = this.#ms / this.#steps;
    const isWaiting = this.#sleeps * SLEEP_EVERY_MS > this.#ms;
    this.#steps = this.#ms = this.#sleeps = 0;
    const aloneIsFaster = speeds.alone < WORTH * speeds.together;
    if (this.#alone && this.#isTrial) {
      if (aloneIsFaster) {
        // All are tried once more. When training begins, the engine still compiles, which slows down the
        // first steps and uses the cores: without this, `fit` of 54,000 digits used one of two idle cores
        // for its first 0.9 s.
        this.#change(false, true);
      } else {
        this.#togetherFor = Math.min(
          Math.max(FIRST_TOGETHER_MS, 2 * this.#togetherFor),
          LAST_TOGETHER_MS,
        );
        this.#change(false, false);
      }
    } else if (this.#alone) {
      if (this.#age >= this.#aloneFor) this.#change(false, true);
    } else if (this.#isTrial) {
      if (isWaiting && aloneIsFaster) {
        this.#aloneFor = Math.min(Math.max(FIRST_ALONE_MS, 2 * this.#aloneFor), LAST_ALONE_MS);
        this.#change(true, false);
      } else {
        this.#aloneFor = 0;
        this.#isTrial = false;
      }
    } else if (isWaiting && this.#age >= this.#togetherFor) {
      this.#change(true, true);
    }
  }

  #change(alone: boolean, isTrial: boolean): void {
    this.#alone = alone;
    this.#isTrial = isTrial;
    this.#age = 0;
  }
}
