// Every command, in the order of the help.

import type { Command } from './command.js';
import { anomalies } from './commands/anomalies.js';
import { completion } from './commands/completion.js';
import { evaluate } from './commands/evaluate.js';
import { explain } from './commands/explain.js';
import { exportModel } from './commands/export.js';
import { info } from './commands/info.js';
import { train } from './commands/train.js';
import { decode, encode, impute, reconstruct, score } from './commands/transform.js';
import { watch } from './commands/watch.js';

export const COMMANDS: readonly Command[] = [
  ...[train, encode, decode, reconstruct, impute, score],
  ...[anomalies, explain, watch, evaluate, info, exportModel, completion],
];
