// What this thread and a worker say to each other.

/** Sent once: what to work with. */
export interface Setup {
  readonly module: WebAssembly.Module;
  /** Absent where memory cannot be shared: the worker then makes one of its own. */
  readonly memory: WebAssembly.Memory | undefined;
  /** The name of a lock to hold as long as the worker lives; see src/base/platform.ts. */
  readonly life: string;
}

/** A call of the kernel `name` with these arguments. */
export interface Job {
  readonly name: 'train' | 'serve';
  readonly args: readonly number[];
}

/** Bytes to write to the worker's own memory, which grows to hold them. */
export interface Write {
  readonly write: Uint8Array;
  readonly at: number;
}

/** Asks for bytes of the worker's own memory. */
export interface Read {
  readonly read: number;
  readonly at: number;
}

export type Message = Setup | Job | Write | Read;

/**
 * The answer to a setup (1 if the lock is held, else 0), to a write (0), to a job (what the kernel
 * returned, 0 for nothing) or to a read (the bytes); or an error's text.
 */
export type Answer = { readonly result: number | Uint8Array } | { readonly error: string };
