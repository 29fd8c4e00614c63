import type { Arguments, Flag } from './flags.js';

/** A command of the program: src/cli/commands/ has a file for each, commands.ts the list. */
export interface Command {
  name: string;
  summary: string;
  /** Its operands besides flags: several DATA, or one of the others. */
  operand: 'DATA' | 'MODEL' | 'SHELL';
  /** The text at the top of its help. */
  about: string;
  /** The flags that the help lists and that are accepted. */
  groups: readonly [title: string, flags: readonly Flag[]][];
  examples: readonly string[];
  /** `commands` is the list of all commands. */
  run(args: Arguments, operands: readonly string[], commands: readonly Command[]): Promise<void>;
}

export function flagsOf({ groups }: Pick<Command, 'groups'>): Flag[] {
  return groups.flatMap(([, flags]) => flags);
}
