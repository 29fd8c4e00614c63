// Named pipes. If they were opened and read like files, they would block a thread until a writer comes, and
// the process could not exit, even after a signal.

import { constants, open } from 'node:fs';
import { Socket } from 'node:net';
import { promisify } from 'node:util';

/** The bytes written to a pipe, whenever a writer comes. */
export async function openPipe(path: string | URL): Promise<Socket> {
  const fd = await promisify(open)(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return new Socket({ fd, readable: true, writable: false });
}
