import type { Arguments, Flag } from './flags.js';

/** What can be asked of the program: src/cli/commands/ has a file for each, commands.ts the list. */
export interface Command {
  name: string;
  summary: string;
  /** What it takes beside flags: several DATA, or one of the others. */
  operand: 'DATA' | 'MODEL' | 'SHELL';
  /** Said at the top of its help. */
  about: string;
  /** What the help shows, and what is accepted. */
  groups: readonly [title: string, flags: readonly Flag[]][];
  examples: readonly string[];
  /** `commands` are all that there are. */
  run(args: Arguments, operands: readonly string[], commands: readonly Command[]): Promise<void>;
}

export function flagsOf({ groups }: Pick<Command, 'groups'>): Flag[] {
  return groups.flatMap(([, flags]) => flags);
}
