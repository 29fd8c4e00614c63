// Inference: threads share the passes of a ring of slabs, which the caller fills and empties.

import { CLOSED, FLOATS, InferencePlan, NONE, Queue, Slab } from '../abi';
import { firstNonFinite } from '../kernels/rows';
import { awaitAtLeast } from './sync';
import { run } from '../program/interpreter';

/** Fills the slab's output, on this thread alone; stops at a pass that met a value which is not finite. */
export function infer(plan: usize, slab: usize): void {
  const p = changetype<InferencePlan>(plan);
  const s = changetype<Slab>(slab);
  for (let at = 0; at < s.rows && s.nonFinite == NONE; at += p.batchSize) runPass(p, slab, at);
}

/**
 * Runs up to `most` of the queue's passes that are posted and that nobody has taken yet; returns how many
 * it ran. A thread that the system has put aside holds up its own pass, and the others go on.
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

/** A worker's part: passes, until the queue is closed. */
export function serve(plan: usize, queue: usize): void {
  const posted = queue + offsetof<Queue>('posted');
  for (;;) {
    const seen = atomic.load<i32>(posted);
    if (seen == CLOSED) return;
    if (inferPosted(plan, queue, 1) == 0) awaitAtLeast(posted, seen + 1);
  }
}

/** The number of the next pass, now the caller's, or -1: there is none. */
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
 * Fills the output of one pass: of the slab's rows from `at` on. Where a value is NaN or infinite, the
 * slab gets the first that any pass met instead.
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
    // Of the input, or of a sum that is too large.
    const index = firstNonFinite(step.input, count * data.width);
    if (index >= 0) return noteFirst(slab + offsetof<Slab>('nonFinite'), first + index);
  }
  const rowBytes = p.rowBytes;
  for (let r = 0; r < count; r++) {
    memory.copy(s.output + <usize>(at + r) * rowBytes, p.result + <usize>r * p.ldResult, rowBytes);
  }
}

/** Lowers the number at `address`, that others may lower too, to `index`. */
function noteFirst(address: usize, index: i32): void {
  for (let seen = atomic.load<i32>(address); index < seen; ) {
    const was = atomic.cmpxchg<i32>(address, seen, index);
    if (was == seen) return;
    seen = was;
  }
}
