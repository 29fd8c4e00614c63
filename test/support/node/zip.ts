// Zip archives for tests.

import { gzipSync } from 'node:zlib';

/** A zip archive of one file, stored without compression. */
export function stored(name: string, bytes: Buffer): Buffer {
  return archiveOf([[name, bytes]]);
}

/** A zip archive of files, stored without compression. */
export function archiveOf(files: readonly (readonly [name: string, bytes: Buffer])[]): Buffer {
  const signed = (text: string, ...parts: Buffer[]) => Buffer.concat([Buffer.from(text), ...parts]);
  const locals: Buffer[] = [];
  const entries: Buffer[] = [];
  let at = 0;
  for (const [name, bytes] of files) {
    const header = Buffer.alloc(26);
    header.writeUInt16LE(20, 0); // the version needed to read it
    header.writeUInt32LE(crc32(bytes), 10);
    header.writeUInt32LE(bytes.length, 14);
    header.writeUInt32LE(bytes.length, 18);
    header.writeUInt16LE(name.length, 22);
    const more = Buffer.alloc(14);
    more.writeUInt32LE(at, 10);
    locals.push(signed('PK\x03\x04', header, Buffer.from(name), bytes));
    entries.push(signed('PK\x01\x02', Buffer.from([20, 0]), header, more, Buffer.from(name)));
    at += (locals.at(-1) as Buffer).length;
  }
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...locals, directory, signed('PK\x05\x06', end)]);
}

function crc32(bytes: Buffer): number {
  // A gzip file ends with its CRC-32 and size.
  return gzipSync(bytes).readUInt32LE(gzipSync(bytes).length - 8);
}
