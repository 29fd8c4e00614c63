import { timeSlices } from '../base/slices.js';
import { bytesOf, indexOf, writeRecord } from '../engine/records.js';
import * as abi from '../generated/abi.js';
import { OPTIMIZERS } from '../model/kinds.js';
import type { FitConfig } from './fit-options.js';
import { learningRateAt } from './schedule.js';

const WORDS = bytesOf(abi.OptimizerStep) / 4;
const STEP_SIZE = indexOf(abi.OptimizerStep, 'stepSize');
const ROOT_CORRECTION = indexOf(abi.OptimizerStep, 'rootCorrection');
const KEEP = indexOf(abi.OptimizerStep, 'keep');
const SETTLES = indexOf(abi.OptimizerStep, 'settles');

/**
 * Moments below 1e-30 are set to 0 in every 16th step, before they become subnormal numbers, which are slow
 * (assembly/kernels/adam.ts). In between, betas of 0.4 or more leave at least 4e-37 of 1e-30, and the
 * smallest normal number is 1.2e-38. With smaller betas, moments settle in every step.
 */
const SETTLE_EVERY = 16;
const SETTLE_BETA = 0.4;

/** What the optimiser needs at each step of a run: its rates, and the powers of the betas. */
export class OptimizerSteps {
  readonly #config: FitConfig<unknown>;
  readonly #rateAt: ((step: number) => number) | undefined;
  /** The number of steps so far. */
  #done: number;
  #beta1Power: number;
  #beta2Power: number;

  /**
   * Continues after `before` steps. `rateAt` gives the learning rates of an epoch's steps, if they are not
   * the schedule's.
   */
  constructor(
    config: FitConfig<unknown>,
    before: number,
    rateAt: ((step: number) => number) | undefined,
  ) {
    this.#config = config;
    this.#rateAt = rateAt;
    this.#done = before;
    this.#beta1Power = power(config.beta1, before);
    this.#beta2Power = power(config.beta2, before);
  }

  /** Writes an OptimizerStep for each of the `steps` steps of epoch number `epoch`. */
  async write(
    memory: WebAssembly.Memory,
    address: number,
    steps: number,
    epoch: number,
  ): Promise<void> {
    const { optimizer, learningRate, schedule, beta1, beta2, epsilon, weightDecay, momentum } =
      this.#config;
    const { epochs, signal } = this.#config;
    const isSgd = optimizer === 'sgd';
    const isDecoupled = optimizer === 'adamw';
    const { kind } = OPTIMIZERS[optimizer];
    const decay = isDecoupled ? 0 : weightDecay;
    const first = isSgd ? momentum : beta1;
    const settleEvery = Math.min(beta1, beta2) < SETTLE_BETA ? 1 : SETTLE_EVERY;
    const pause = timeSlices(signal);
    // Fields that differ from step to step are written to copies of one record: writing a whole record per
    // step took a fifth of a `fit` of 200 rows of 10 numbers.
    writeRecord(memory, address, abi.OptimizerStep, {
      ...{ stepSize: 0, rootCorrection: 0, epsilon, weightDecay: decay, keep: 1, kind },
      ...{ beta1: first, beta1Rest: 1 - first, beta2, beta2Rest: 1 - beta2, settles: 0 },
    });
    const floats = new Float32Array(memory.buffer, address, steps * WORDS);
    const words = new Int32Array(memory.buffer, address, steps * WORDS);
    for (let s = 0; s < steps; s++) {
      const step = (epoch - 1) * steps + s;
      const rate =
        this.#rateAt?.(s) ?? learningRateAt(schedule, learningRate, step, epochs * steps, steps);
      this.#beta1Power *= beta1;
      this.#beta2Power *= beta2;
      const stepSize = isSgd ? rate : rate / (1 - this.#beta1Power);
      const rootCorrection = 1 / Math.sqrt(1 - this.#beta2Power);
      const at = s * WORDS;
      if (s > 0) words.copyWithin(at, 0, WORDS);
      floats[at + STEP_SIZE] = stepSize;
      floats[at + ROOT_CORRECTION] = rootCorrection;
      if (isDecoupled) floats[at + KEEP] = 1 - rate * weightDecay;
      words[at + SETTLES] = Number(this.#done++ % settleEvery === 0);
      if (s % 4096 === 4095) await pause();
    }
  }
}

/** base^exponent as a running product, because Math.pow differs between engines. */
function power(base: number, exponent: number): number {
  let product = 1;
  for (let i = 0; i < exponent && product > 0; i++) product *= base;
  return product;
}
