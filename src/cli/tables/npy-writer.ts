// Writes rows of numbers as a NumPy array.

import type { Output } from '../output.js';
import { npyHeader } from './npy-header.js';
import type { RowWriter, WrittenTable } from './row-writer.js';

/**
 * The header contains the number of rows. If that is not known beforehand, the header is rewritten at the
 * end, or, if the output does not allow that, the rows are kept until then.
 */
export function npyWriter(output: Output, { width, rows, type }: WrittenTable): RowWriter {
  const canRewrite = output.rewrite !== undefined;
  const kept: Uint8Array[] = [];
  let written = 0;
  return {
    async write(data) {
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      if (rows === undefined && !canRewrite) {
        kept.push(bytes.slice()); // a copy, because the caller reuses the array
      } else {
        if (written === 0) await output.write(npyHeader(rows ?? 0, width, type));
        await output.write(bytes);
      }
      written += data.length / width;
    },
    async end() {
      if (rows !== undefined) return;
      if (output.rewrite) {
        await output.rewrite(npyHeader(written, width, type));
        return;
      }
      await output.write(npyHeader(written, width, type));
      for (const bytes of kept) await output.write(bytes);
    },
  };
}
