// anomalies with a detector, either fitted to DATA or loaded from a file.

import { closeSync, openSync, readSync, statSync } from 'node:fs';
import type { AnomalyDetector, DetectorInput } from '../../anomalies.js';
import { detectorRows } from '../detector-rows.js';
import { DataError, fileError, UsageError } from '../errors.js';
import { type FINDING_FORMATS, type Finding, linesOf, shortest } from '../findings.js';
import { type Arguments, asUsage, type Flag, libraryOptions, number, text } from '../flags.js';
import { inputsOf } from '../model-file.js';
import { writeTo } from '../output.js';
import { showProgress } from '../progress.js';
import { requireOthers } from '../same-file.js';
import { count, seconds } from '../text.js';
import { withRowsOf } from '../translate.js';

/** The parsed flags of `anomalies` or `explain`. */
interface Asked {
  readonly flags: readonly Flag[];
  readonly top: number;
  readonly contamination: number | undefined;
  readonly path: string;
  readonly format: (typeof FINDING_FORMATS)[number];
  /** Write all rows, in their order, without judging them. */
  readonly explains?: boolean;
}

const DETECTOR = '"format":"autoencoder-wasm/anomalies"';

/** Whether a file holds a detector, by the beginning of its header. */
export function isDetector(path: string): boolean {
  let file: number | undefined;
  try {
    // A pipe can be read only once.
    if (!statSync(path).isFile()) return false;
    file = openSync(path, 'r');
    const bytes = Buffer.alloc(200);
    return bytes.toString('latin1', 0, readSync(file, bytes)).includes(DETECTOR);
  } catch {
    return false; // opening it gives the error
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

export async function detect(
  args: Arguments,
  operands: readonly string[],
  { flags, top, contamination, path, format, explains = false }: Asked,
): Promise<void> {
  const start = performance.now();
  const [model, save] = [text(args, 'model'), text(args, 'save')];
  if (model !== undefined && save !== undefined) {
    throw new UsageError('--save cannot be used with --model');
  }
  if (model !== undefined && args.flags.seed) {
    throw new UsageError('--seed cannot be used with --model');
  }
  const outputs = [
    { by: '--output', path },
    { by: '--save', path: save },
  ];
  requireOthers(outputs, inputsOf(args, operands));
  const options = libraryOptions(args, flags, 'model');
  const { AnomalyDetector } = await import('../../anomalies.js');
  // Checks the options before a large file is read.
  asUsage(() => new AnomalyDetector(options), flags);
  const given = number(args, 'threshold');
  const known = model === undefined ? undefined : await fromFile(model, options);

  const data = await detectorRows(args, operands, format, known);
  const { x, rows, cells } = data;
  const source = { x: { paths: operands, placeOf: data.placeOf } };
  const within = <T>(work: () => Promise<T>) => withRowsOf(source, flags, work);

  const detector =
    known ?? new AnomalyDetector({ seed: 0, ...options, missing: 'mask', ...data.options });
  const isQuiet = !!args.flags.quiet || !!args.flags.json;
  const { judgement, tableNotices } = await import('../../anomalies/detector.js');
  tableNotices.leftOut = (columns) => {
    if (!isQuiet) process.stderr.write(`left out: ${columns.join(', ')}\n`);
  };
  if (!known) await within(() => train(detector, x, isQuiet));
  const scores = await within(() => detector.score(x));
  // Rows of the training data score slightly lower than new ones, especially if there are few. These rows
  // are the training data, so the threshold is fitted to them. A larger file is sampled for training, so
  // most of its rows are new.
  if (!known && rows <= 20_000) judgement.fitThreshold(detector, scores);
  if (given !== undefined) detector.setThreshold(given);
  if (contamination !== undefined) {
    judgement.fitThreshold(detector, scores, { method: 'quantile', contamination });
  }
  if (save !== undefined) {
    const { detectorPieces } = await import('../../anomalies/detector.js');
    await writeTo(save, async (output) => {
      for (const piece of detectorPieces(detector)) await output.write(piece);
    });
  }
  const chances = judgement.probabilities(detector, scores);
  const threshold = detector.threshold as number;
  const isOdd = (i: number) => (scores[i] as number) > threshold;
  const odd = [...scores.keys()].filter(isOdd).length;
  const wanted = [...scores.keys()]
    .filter((i) => explains || args.flags.all || isOdd(i))
    .sort((a, b) => (explains ? 0 : (scores[b] as number) - (scores[a] as number)) || a - b);
  const isOne = operands.length === 1;
  const used = detector.tableColumns?.filter(({ type }) => type !== 'ignore').length;
  const width = used ?? (detector.width as number);
  const { kept } = data;
  const line = linesOf(format, {
    top: Math.min(top, width),
    isOne,
    kept,
    detected: true,
    judged: !explains,
  });
  await writeTo(path, async (output) => {
    if (line.header) await output.write(Buffer.from(line.header));
    for (let from = 0; from < wanted.length; from += AT_ONCE) {
      const some = wanted.slice(from, from + AT_ONCE);
      const reasons = await detector.explain(data.pick(some), { top });
      const lines = some.map((i, at) => {
        const { file, row } = data.placeOf(i, undefined);
        const finding: Finding = {
          ...(isOne ? { row: i + 1 } : { file, row: row as number }),
          score: scores[i] as number,
          probability: shortest(chances[i] as number),
          ...(!explains && { anomaly: isOdd(i) }),
          features: (reasons[at] ?? []).map(({ column, share, value, expected }) => ({
            column: data.nameOf(column, detector),
            share: Number(share.toPrecision(4)),
            value: data.written(value, column, detector, true),
            expected: data.written(expected, column, detector, false),
          })),
        };
        return line.of(finding, cells[i] ?? []);
      });
      await output.write(Buffer.concat(lines));
    }
  });
  if (isQuiet || explains) return;
  const took = seconds((performance.now() - start) / 1000);
  const { why } = detector.thresholdChoice as { why: string };
  process.stderr.write(
    `${count(odd, 'row')} of ${rows.toLocaleString('en')} in ${took}: score above ` +
      `${Number(threshold.toPrecision(5))}, since ${why}\n`,
  );
}

/** Rows per call of `explain`. */
const AT_ONCE = 1024;

/** Fits a detector and shows the progress, with an epoch of each member as the unit. */
async function train(detector: AnomalyDetector, x: DetectorInput, isQuiet: boolean): Promise<void> {
  let progress: ReturnType<typeof showProgress> | undefined;
  let done = 0;
  try {
    await detector.fit(x, {
      onEpochEnd: ({ member, members, epochs, ...record }) => {
        if (isQuiet) return;
        progress ??= showProgress(members * epochs);
        progress.epochDone({ ...record, epoch: ++done });
      },
    });
  } finally {
    progress?.stop();
  }
}

async function fromFile(path: string, options: object): Promise<AnomalyDetector> {
  const { detectorIn } = await import('../../anomalies/detector.js');
  const { readStoredFile } = await import('../../files/stored-file.js');
  try {
    return detectorIn((await readStoredFile(path)).stored, options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== undefined) throw fileError(path, error);
    throw new DataError(path, (error as Error).message.replace(/^bytes is /, 'it is '));
  }
}
