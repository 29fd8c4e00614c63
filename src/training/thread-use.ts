// Whether a run's threads are worth their while, found out as it goes. Where the cores have other things to
// do, threads wait at each barrier for one that the system has put aside for some milliseconds, and all
// of them together may be slower than one alone. Results do not depend on it.

/** Some steps to run in one go. */
export interface Stretch {
  /** By the first thread alone, or by all together. */
  readonly alone: boolean;
  readonly steps: number;
}

/** So long, in milliseconds, either is measured: several times as long as a thread is put aside. */
const TRIAL_MS = 25;
/** Threads are examined if they fall asleep at barriers more often than once in this many milliseconds. */
const SLEEP_EVERY_MS = 10;
/** All threads together must be slower than this for training to drop to one. */
const WORTH = 0.95;
/**
 * After so long alone the others are tried again, and after twice as long when that was no better. A trial
 * costs some 20 ms beside two busy loops on two cores; after 400 ms that was 2 % of a fit of 1.4 s.
 */
const [FIRST_ALONE_MS, LAST_ALONE_MS] = [800, 6400];
/** And together, after alone was no better. */
const [FIRST_TOGETHER_MS, LAST_TOGETHER_MS] = [400, 25_600];
/** What a stretch grows to: at its end the threads wait for a message of some 0.1 ms. */
const LONGEST_MS = 250;
/**
 * The first stretch, when nothing is known of the time that a step takes: with 16, two threads of a busy
 * machine took 110 ms for it, of a run that takes one thread 330.
 */
const FIRST_STEPS = 4;

/** Decides for the next steps, and is told how those went. */
export class ThreadUse {
  #alone = false;
  /** Whether this is a trial, of which the other's speed is known. */
  #isTrial = false;
  /** Milliseconds of a step by all together and by one, as last measured. */
  readonly #speeds: { together: number; alone: number } = { together: 0, alone: 0 };
  /** What has been seen of the present way since it was last judged. */
  #steps = 0;
  #ms = 0;
  #sleeps = 0;
  /** How long the present way has been gone. */
  #age = 0;
  #aloneFor = FIRST_ALONE_MS;
  #togetherFor = 0;

  /** The next stretch, of `left` steps at the most. */
  next(left: number): Stretch {
    const { together, alone } = this.#speeds;
    const known = this.#alone ? alone : together;
    // Until it is known, one is taken to be as fast as all: then a trial is not too long.
    const speed = this.#steps > 0 ? this.#ms / this.#steps : known || together;
    const length = this.#isTrial || known === 0 ? TRIAL_MS - this.#ms : LONGEST_MS;
    const wanted = speed > 0 ? Math.max(1, Math.round(length / speed)) : FIRST_STEPS;
    return { alone: this.#alone, steps: Math.min(wanted, left) };
  }

  /** @param sleeps how often a thread fell asleep at a barrier meanwhile. */
  note({ steps }: Stretch, ms: number, sleeps: number): void {
    this.#steps += steps;
    this.#ms += ms;
    // Threads hear of a stretch one after the other: the one that is first sleeps at the first barrier.
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
        this.#isTrial = false;
        this.#age = 0;
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
        this.#aloneFor = Math.min(2 * this.#aloneFor, LAST_ALONE_MS);
        this.#change(true, false);
      } else {
        this.#aloneFor = FIRST_ALONE_MS;
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
