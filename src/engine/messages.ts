// The messages between the calling thread and a worker.

/** Sent once: the module and the memory to work with. */
export interface Setup {
  readonly module: WebAssembly.Module;
  /** Absent where memory cannot be shared; the worker then creates its own. */
  readonly memory: WebAssembly.Memory | undefined;
  /** The name of a lock that the worker holds as long as it lives; see src/base/platform.ts. */
  readonly life: string;
}

/** Calls the kernel `name` with these arguments. */
export interface Job {
  readonly name: 'train' | 'serve';
  readonly args: readonly number[];
}

/** Writes bytes to the worker's own memory, which grows as needed. */
export interface Write {
  readonly write: Uint8Array;
  readonly at: number;
}

/** Reads bytes from the worker's own memory. */
export interface Read {
  readonly read: number;
  readonly at: number;
}

export type Message = Setup | Job | Write | Read;

/**
 * The answer to a setup (1 if the worker holds the lock, else 0), to a write (0), to a job (the kernel's
 * return value, or 0 if it has none) or to a read (the bytes); or the text of an error.
 */
export type Answer = { readonly result: number | Uint8Array } | { readonly error: string };
