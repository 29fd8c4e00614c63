// Files of rows through a model, on as many machines as there are: submit them, let workers work,
// see how far they are. README.md says how.

import { scaleOut } from './commands.js';

process.exitCode = await scaleOut(process.argv.slice(2));
