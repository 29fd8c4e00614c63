// Inference: threads share the rows of a slab, and workers go on from slab to slab.

import { CLOSED, FLOATS, InferencePlan, Queue, Slab } from '../abi';
import { firstNonFinite } from '../kernels/rows';
import { awaitAtLeast } from './sync';
import { run } from '../program/interpreter';

/**
 * Fills the slab's output. Threads that make the same call share its rows: each takes the next pass of
 * them while there is one, so that a thread which joins late does less. At a value that is NaN or
 * infinite a thread stops; the first that any of them met is the first there is, since passes are
 * taken in order.
 */
export function infer(plan: usize, slab: usize): void {
  const p = changetype<InferencePlan>(plan);
  const s = changetype<Slab>(slab);
  const data = s.dataset;
  const step = p.step;
  const rowBytes = p.rowBytes;
  const valueBytes: usize = data.format == FLOATS ? 4 : 1;
  step.dataset = data;
  let at: i32;
  while ((at = atomic.add<i32>(slab + offsetof<Slab>('ticket'), p.batchSize)) < s.rows) {
    const count = min(p.batchSize, s.rows - at);
    const first = at * data.width;
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
    for (let r = 0; r < count; r++) {
      memory.copy(
        s.output + <usize>(at + r) * rowBytes,
        p.result + <usize>r * p.ldResult,
        rowBytes,
      );
    }
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

/** A worker's part: each slab that is posted, until the queue is closed. */
export function serve(plan: usize, queue: usize): void {
  const q = changetype<Queue>(queue);
  for (let number = 0; ; number++) {
    awaitAtLeast(queue + offsetof<Queue>('posted'), number + 1);
    if (atomic.load<i32>(queue + offsetof<Queue>('posted')) == CLOSED) return;
    const slab = number & 1 ? q.odd : q.even;
    infer(plan, slab);
    atomic.add<i32>(slab + offsetof<Slab>('finished'), 1);
  }
}
