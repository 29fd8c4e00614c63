// One thread's part in an epoch of training, step after step.

import { Control, Operation, OptimizerStep, Plan, Step, UNWEIGHTED } from '../abi';
import { run } from '../program/interpreter';
import { sum4 } from '../kernels/math';
import { padded, rowNumber } from '../program/operation';
import { barrier } from './sync';

/**
 * Trains on the steps [first, last) of an epoch, as one of the plan's threads. All threads make the same
 * call. Returns `last`, or the number of the step at which it stopped because the caller asked for it
 * (Control.abort) or because that step's loss is not finite. In the latter case, weights whose own loss is
 * not finite, and all layers below the last, are as before that step.
 */
export function train(plan: usize, first: i32, last: i32, thread: i32): i32 {
  const p = changetype<Plan>(plan);
  const step = changetype<Step>(p.steps + <usize>thread * offsetof<Step>());
  const control = step.control;
  const threads = step.threads;
  step.dataset = p.dataset;
  for (let s = first; s < last; s++) {
    if (thread == 0) {
      control.stop = atomic.load<i32>(changetype<usize>(control) + offsetof<Control>('abort'));
      atomic.store<i32>(changetype<usize>(control) + offsetof<Control>('done'), s);
    }
    // After this barrier no thread reads the last batch any more.
    if (threads > 1) barrier(control, threads);
    if (control.stop) return s;
    const start = s * p.batchSize;
    const rows = min(p.batchSize, p.samples - start);
    step.rows = rows;
    step.order = p.order + ((<usize>start) << 2);
    step.optimizer = changetype<OptimizerStep>(p.optimizer + <usize>s * offsetof<OptimizerStep>());
    step.noiseKey = p.noiseKey;
    step.others = p.order;
    step.othersCount = p.samples;
    if (p.sampleWeights) writeWeights(p, step);
    step.lossScale = p.lossFactor / (<f32>rows * <f32>p.width);
    run(p.operations, p.lossCount, changetype<usize>(step));
    if (threads > 1) barrier(control, threads);
    // Every thread adds the same numbers, so all make the same decision.
    const loss = sumLoss(p, p.sampleLosses ? rows : p.width);
    if (thread == 0) store<f64>(p.stepLoss + ((<usize>s) << 3), <f64>loss);
    if (!isFinite(loss)) return s;
    const rest = p.operations + <usize>p.lossCount * offsetof<Operation>();
    run(rest, p.count - p.lossCount, changetype<usize>(step));
  }
  return last;
}

/** The weights of the batch's rows. */
function writeWeights(p: Plan, step: Step): void {
  const rows = step.rows;
  for (let i = 0; i < padded(rows); i++) {
    let weight: f32 = i < rows ? 1 : 0;
    if (i < rows && p.sampleWeights != UNWEIGHTED) {
      weight = load<f32>(p.sampleWeights + ((<usize>rowNumber(step, i)) << 2));
    }
    store<f32>(step.weights + ((<usize>i) << 2), weight);
  }
}

function sumLoss(p: Plan, count: i32): f32 {
  let total = f32x4.splat(0);
  for (let i = 0; i < count; i += 4) {
    const mask = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count - i));
    total = v128.add<f32>(total, v128.and(v128.load(p.rowLoss + ((<usize>i) << 2)), mask));
  }
  return sum4(total);
}
