// Zip archives for tests.

import { gzipSync } from 'node:zlib';

/** A zip archive of one file, as it is. */
export function stored(name: string, bytes: Buffer): Buffer {
  const header = Buffer.alloc(26);
  header.writeUInt16LE(20, 0); // the version that can read it
  header.writeUInt32LE(crc32(bytes), 10);
  header.writeUInt32LE(bytes.length, 14);
  header.writeUInt32LE(bytes.length, 18);
  header.writeUInt16LE(name.length, 22);
  const signed = (text: string, ...parts: Buffer[]) => Buffer.concat([Buffer.from(text), ...parts]);
  const local = signed('PK\x03\x04', header, Buffer.from(name), bytes);
  const entry = signed(
    'PK\x01\x02',
    Buffer.from([20, 0]),
    header,
    Buffer.alloc(14),
    Buffer.from(name),
  );
  const end = Buffer.alloc(18);
  end.writeUInt16LE(1, 4);
  end.writeUInt16LE(1, 6);
  end.writeUInt32LE(entry.length, 8);
  end.writeUInt32LE(local.length, 12);
  return Buffer.concat([local, entry, signed('PK\x05\x06', end)]);
}

function crc32(bytes: Buffer): number {
  // gzip ends with it.
  return gzipSync(bytes).readUInt32LE(gzipSync(bytes).length - 8);
}
