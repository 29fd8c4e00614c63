// A Redis server for a test, at a socket in a folder, so that no port can be in use already.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { ended, within } from './wait.js';

export interface RedisServer {
  url: string;
  /** Shuts it down as an operator would: it saves its data to the disk. */
  stop(): Promise<void>;
}

/** Starts it with its data in `folder`, including those of an earlier server; `flags` override the defaults. */
export async function startRedis(
  folder: string,
  flags: readonly string[] = [],
  url = `unix://${join(folder, 'redis.sock')}`,
): Promise<RedisServer> {
  const socket = ['--port', '0', '--unixsocket', join(folder, 'redis.sock')];
  const disk = ['--dir', folder, '--save', '', '--appendonly', 'yes'];
  const child = spawn('redis-server', [...socket, ...disk, ...flags], { stdio: 'pipe' });
  await within('Redis to start', ready(child)).catch((error) => {
    child.kill('SIGKILL');
    throw error;
  });
  const exit = ended(child);
  return {
    url,
    async stop() {
      child.kill('SIGTERM');
      try {
        await within('Redis to stop', exit);
      } finally {
        child.kill('SIGKILL');
      }
    },
  };
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stdout?.on('data', (text) => {
      said += text;
      if (/ready to accept connections/i.test(said)) resolve();
    });
    child.stderr?.on('data', (text) => {
      said += text;
    });
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`redis-server ended with ${code}: ${said}`)));
  });
}

/** Makes a certificate for 127.0.0.1 and its key, in `folder`. */
export function makeCertificate(folder: string): { certificate: string; key: string } {
  const [certificate, key] = [join(folder, 'redis.crt'), join(folder, 'redis.key')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const make = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject];
  execFileSync('openssl', [...make, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  return { certificate, key };
}
