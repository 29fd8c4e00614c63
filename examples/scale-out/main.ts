// Passes files of rows through a model, on any number of machines: submit them, run workers, see the
// progress. README.md explains how.

import { scaleOut } from './commands.js';

process.exitCode = await scaleOut(process.argv.slice(2));
