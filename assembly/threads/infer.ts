// Inference: threads share the passes of a ring of slabs, which the caller fills and empties.

import { CLOSED, FLOATS, InferencePlan, NONE, Queue, Slab } from '../abi';
import { firstNonFinite } from '../kernels/rows';
import { awaitAtLeast } from './sync';
import { run } from '../program/interpreter';

/**
 * Computes the slab's output on this thread alone. Stops at a pass that finds a value which is not finite.
 */
export function infer(plan: usize, slab: usize): void {
  const p = changetype<InferencePlan>(plan);
  const s = changetype<Slab>(slab);
  for (let at = 0; at < s.rows && s.nonFinite == NONE; at += p.batchSize) runPass(p, slab, at);
}

/**
 * Runs up to `most` passes of the queue that are posted and not yet taken, and returns how many it ran. A
 * thread that the system has suspended delays only its own pass; the others go on.
 */
export function inferPosted(plan: usize, queue: usize, most: i32): i32 {
  const p = changetype<InferencePlan>(plan);
  const q = changetype<Queue>(queue);
  for (let ran = 0; ran < most; ran++) {
    const pass = take(queue);
    if (pass < 0) return ran;
    const slab = <usize>load<u32>(q.slabs + ((<usize>((pass / q.passes) % q.count)) << 2));
    const at = (pass % q.passes) * p.batchSize;
    if (at < changetype<Slab>(slab).rows) runPass(p, slab, at);
    atomic.add<i32>(slab + offsetof<Slab>('finished'), 1);
  }
  return most;
}

/** The work of a worker: passes, until the queue is closed. */
export function serve(plan: usize, queue: usize): void {
  const posted = queue + offsetof<Queue>('posted');
  for (;;) {
    const seen = atomic.load<i32>(posted);
    if (seen == CLOSED) return;
    if (inferPosted(plan, queue, 1) == 0) awaitAtLeast(posted, seen + 1);
  }
}

/** Takes the next pass and returns its number, or -1 if there is none. */
function take(queue: usize): i32 {
  const taken = queue + offsetof<Queue>('taken');
  let pass = atomic.load<i32>(taken);
  while (isPosted(queue, pass)) {
    const was = atomic.cmpxchg<i32>(taken, pass, pass + 1);
    if (was == pass) return pass;
    pass = was;
  }
  return -1;
}

function isPosted(queue: usize, pass: i32): bool {
  const posted = atomic.load<i32>(queue + offsetof<Queue>('posted'));
  return posted != CLOSED && pass < posted;
}

/**
 * Computes the output of one pass: of the slab's rows from `at` on. If a value is NaN or infinite, it
 * records the first one in the slab instead.
 */
function runPass(p: InferencePlan, slab: usize, at: i32): void {
  const s = changetype<Slab>(slab);
  const count = min(p.batchSize, s.rows - at);
  const data = s.dataset;
  const step = p.step;
  const valueBytes: usize = data.format == FLOATS ? 4 : 1;
  const first = at * data.width;
  step.dataset = data;
  step.input = data.values + <usize>first * valueBytes;
  step.rows = count;
  step.order = p.order + ((<usize>at) << 2);
  step.nonFinite = 0;
  run(p.operations, p.count, changetype<usize>(step));
  if (step.nonFinite) {
    // Either the input has such a value, or a sum overflowed.
    const index = firstNonFinite(step.input, count * data.width);
    if (index >= 0) return noteFirst(slab + offsetof<Slab>('nonFinite'), first + index);
  }
  const rowBytes = p.rowBytes;
  for (let r = 0; r < count; r++) {
    memory.copy(s.output + <usize>(at + r) * rowBytes, p.result + <usize>r * p.ldResult, rowBytes);
  }
}

/** Lowers the number at `address` to `index`, while other threads may lower it too. */
function noteFirst(address: usize, index: i32): void {
  for (let seen = atomic.load<i32>(address); index < seen; ) {
    const was = atomic.cmpxchg<i32>(address, seen, index);
    if (was == seen) return;
    seen = was;
  }
}
