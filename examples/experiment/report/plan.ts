import type { AutoencoderOptions } from '../../../dist/index.js';
import { type Layer, Network } from '../../../dist/model/network.js';
import { checkModelOptions } from '../../../dist/model/options.js';

/** The layers of a model with these options. */
export function layerPlan(options: AutoencoderOptions): readonly Layer[] {
  const config = checkModelOptions(options, { seed: () => 0, threads: () => 1 });
  return new Network(config).layers;
}
