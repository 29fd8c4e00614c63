// Writes the files that the visitor downloads: tables as CSV, and models.

import type { Download, SavedFile } from './calls.js';
import type { Session, Tell } from './session.js';
import { type Cell, InputError } from './table.js';

/** Up to this many odd rows are written with the columns that explain them. */
const MOST_EXPLAINED = 1000;
/** How many rows are explained per call. */
const EXPLAINED_AT_ONCE = 50;

export async function saveAs(
  session: Session,
  what: Download,
  threshold: number,
  signal: AbortSignal,
  tell: Tell,
): Promise<SavedFile> {
  const base = session.table.name.replace(/(\.gz)?$/i, '').replace(/\.\w+$/, '') || 'table';
  switch (what) {
    case 'scores':
      return csvFile(`${base}-scores.csv`, await scoreLines(session, threshold, signal, tell));
    case 'codes':
      return csvFile(`${base}-codes.csv`, codeLines(session));
    case 'completed':
      return csvFile(`${base}-completed.csv`, await completedLines(session, signal, tell));
    case 'detector':
      session.detector.setThreshold(threshold);
      return modelFile(`${base}-odd.safetensors`, session.detector.save());
    default:
      return modelFile(`${base}-codes.safetensors`, session.model.save());
  }
}

function csvFile(name: string, lines: string[]): SavedFile {
  return { name, blob: new Blob(lines, { type: 'text/csv' }) };
}

function modelFile(name: string, bytes: Uint8Array<ArrayBuffer>): SavedFile {
  return { name, blob: new Blob([bytes], { type: 'application/octet-stream' }) };
}

export function csvLine(cells: readonly unknown[]): string {
  return `${cells
    .map((cell) => {
      const text = String(cell ?? '');
      return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    })
    .join(',')}\n`;
}

async function scoreLines(
  session: Session,
  threshold: number,
  signal: AbortSignal,
  tell: Tell,
): Promise<string[]> {
  const { found, table } = session;
  if (!found) throw new InputError('Nothing has been scored yet.');
  const odd = [...found.order.subarray(0, MOST_EXPLAINED)].filter(
    (row) => (found.scores[row] as number) > threshold,
  );
  const blames = new Map<number, string>();
  for (let at = 0; at < odd.length; at += EXPLAINED_AT_ONCE) {
    signal.throwIfAborted();
    tell({ what: 'Finding the columns to blame', share: at / odd.length });
    const rows = odd.slice(at, at + EXPLAINED_AT_ONCE);
    for (const [i, blame] of (await session.explain(rows, 3)).entries()) {
      const text = blame.map((each) => `${each.column}: ${each.value}, expected ${each.expected}`);
      blames.set(rows[i] as number, text.join('; '));
    }
  }
  const names = table.kind === 'pictures' ? (table.columns[0] as Cell[]) : undefined;
  const lines = [csvLine(['row', ...(names ? ['picture'] : []), 'score', 'odd', 'to blame'])];
  for (const [row, score] of found.scores.entries()) {
    lines.push(
      csvLine([
        row + 1,
        ...(names ? [names[row]] : []),
        score,
        Number(score > threshold),
        blames.get(row),
      ]),
    );
  }
  return lines;
}

function codeLines({ codes }: Session): string[] {
  if (!codes) throw new InputError('The map is not ready yet. Try again when it is shown.');
  const { data, width } = codes;
  const lines = [csvLine(['row', ...Array.from({ length: width }, (_, j) => `code${j + 1}`)])];
  for (let i = 0; i < data.length / width; i++) {
    lines.push(csvLine([i + 1, ...data.subarray(i * width, (i + 1) * width)]));
  }
  return lines;
}

async function completedLines(
  session: Session,
  signal: AbortSignal,
  tell: Tell,
): Promise<string[]> {
  const { table, known, model } = session;
  const lines = [csvLine(table.names)];
  await session.inBatches(signal, async (batch, from) => {
    tell({ what: 'Filling in missing cells', share: from / table.rows });
    const filled = await model.impute(batch);
    for (const row of filled) {
      lines.push(
        csvLine(
          known.map(({ info }) => {
            const value = row[info.name];
            return value instanceof Date ? value.toISOString() : value;
          }),
        ),
      );
    }
  });
  return lines;
}
