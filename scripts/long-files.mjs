// Lists files of more than 400 lines, each with the reason. Fails if a file has none.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const MOST = 400;

/** @type {Record<string, string>} */
const REASONS = {
  'src/autoencoder.ts': 'the class that all see: more than half of it is documentation',
  'src/engine/operations.ts': 'one kind of operation after the other',
  'src/data/scaler.ts': 'what scaling learns and what it does, which must agree',
  'src/files/model-file.ts': 'what is written beside what is read',
  'src/files/safetensors.ts': 'what is written beside what is read',
  'src/anomalies/detector.ts': 'a class that users see, with its documentation',
  'src/series/detector.ts': 'a class that users see, with its documentation',
  'src/table/infer.ts': 'one kind of column after the other',
  'test/everywhere/bad-input.test.ts': 'tables of arguments and what is said of them',
  'test/everywhere/engine/kernels.test.ts': 'each kernel beside its twin',
  'test/everywhere/files/model-file.test.ts': 'tables of files and what is said of them',
  'test/everywhere/training/categories.test.ts': 'one kind of column in all that a model does',
  'test/everywhere/series/detector.test.ts': 'one class',
  'test/everywhere/data/scaler.test.ts': 'each scale in all that a model does',
  'test/node/cli/cli.test.ts': 'each command once, on one model',
  'test/node/cli/readers.test.ts': 'each format, on one table',
  'test/node/package/package.test.ts': 'one package that is packed once',
};

const { stdout } = spawnSync('git', ['ls-files', '*.ts', '*.mjs', '*.js'], { encoding: 'utf8' });
const long = stdout
  .trim()
  .split('\n')
  .filter((file) => existsSync(file))
  .map((file) => ({ file, lines: readFileSync(file, 'utf8').split('\n').length - 1 }))
  .filter(({ lines }) => lines > MOST)
  .sort((a, b) => b.lines - a.lines);
console.log(`${long.length} files of more than ${MOST} lines`);
for (const { file, lines } of long) {
  console.log(
    `${String(lines).padStart(5)} ${file}: ${REASONS[file] ?? 'no reason in scripts/long-files.mjs'}`,
  );
}
const short = Object.keys(REASONS).filter((file) => !long.some((one) => one.file === file));
for (const file of short) console.log(`${file} is not that long: its reason can go`);
if (long.some(({ file }) => !REASONS[file])) process.exitCode = 1;
