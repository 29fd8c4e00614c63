// Named pipes. Opened and read as files are, they hold a thread until a writer comes, and with it the
// end of the process, even where a signal asks for that.

import { constants, open } from 'node:fs';
import { Socket } from 'node:net';
import { promisify } from 'node:util';

/** The bytes that are written into a pipe, whenever its writer comes. */
export async function openPipe(path: string | URL): Promise<Socket> {
  const fd = await promisify(open)(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return new Socket({ fd, readable: true, writable: false });
}
