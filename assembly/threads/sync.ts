// Synchronises threads that run the same steps on one memory.

import { Control } from '../abi';

/**
 * Attempts before a thread sleeps: about 50 us, the cost of waking it in a virtual machine. With 4,000, two
 * threads slept at 4 of 5 barriers and trained 175 k samples/s of the paper's network; with this, 233 k.
 */
const SPINS: i32 = 100_000;

/**
 * Once per so many sleeps, and at the first, a thread spins for some 5 ms instead. Linux tends to wake a
 * thread on the processor of the thread that wakes it. Two threads that sleep in turn then share a
 * processor permanently, beside an idle one (105 k samples/s), because only threads that want to run at the
 * same time are moved apart, at a tick every 4 ms.
 */
const LONG_SPIN_EVERY: i32 = 512;
const LONG_SPINS: i32 = 10_000_000;

/**
 * Returns once all `threads` have called it as often as this thread. It uses a single counter that only
 * grows, because a sense-reversing barrier deadlocked on Node 20. If a thread is lost, the caller
 * terminates the others wherever they wait (src/engine/pool.ts).
 */
export function barrier(control: Control, threads: i32): void {
  const arrived = changetype<usize>(control) + offsetof<Control>('arrived');
  const sleeping = changetype<usize>(control) + offsetof<Control>('sleeping');
  const ticket = atomic.add<i32>(arrived, 1);
  const target = (ticket / threads + 1) * threads;
  if (ticket + 1 == target) {
    if (atomic.load<i32>(sleeping)) atomic.notify(arrived, threads);
    return;
  }
  if (spin(arrived, target, SPINS)) return;
  const tired = changetype<usize>(control) + offsetof<Control>('tired');
  if (atomic.add<i32>(tired, 1) % LONG_SPIN_EVERY == 0 && spin(arrived, target, LONG_SPINS)) return;
  atomic.add<i32>(sleeping, 1);
  sleep(arrived, target);
  atomic.sub<i32>(sleeping, 1);
}

/**
 * Returns once the number at `address` is `target` or more. Whoever raises it notifies the sleeping
 * threads.
 */
export function awaitAtLeast(address: usize, target: i32): void {
  if (!spin(address, target, SPINS)) sleep(address, target);
}

function sleep(address: usize, target: i32): void {
  for (let seen = atomic.load<i32>(address); seen < target; seen = atomic.load<i32>(address)) {
    atomic.wait<i32>(address, seen, -1);
  }
}

/** Whether the number at `address` reaches the target within `times` reads. */
function spin(address: usize, target: i32, times: i32): bool {
  for (let i = 0; i < times; i++) {
    if (atomic.load<i32>(address) >= target) return true;
  }
  return false;
}
