// Completion scripts for shells, made from the tables that the help is made of.

import { type Command, flagsOf } from '../command.js';
import { COMMON } from '../common-flags.js';
import { UsageError } from '../errors.js';
import type { Arguments, Flag } from '../flags.js';
import { print } from '../standard-output.js';

const PROGRAM = 'autoencoder-wasm';
const SHELLS = ['bash', 'zsh', 'fish'] as const;

export const completion: Command = {
  name: 'completion',
  summary: 'print a completion script for bash, zsh or fish',
  operand: 'SHELL',
  about:
    'Prints a script that completes commands, flags, values and files. SHELL is bash, zsh or fish. To enable\nit, add a line to the shell\'s start file: eval "$(autoencoder-wasm completion bash)" to ~/.bashrc,\nsource <(autoencoder-wasm completion zsh) to ~/.zshrc after compinit, or autoencoder-wasm completion\nfish | source to ~/.config/fish/config.fish.',
  groups: [['Messages', COMMON.filter(({ name }) => name === 'help')]],
  examples: ['autoencoder-wasm completion bash'],
  run,
};

async function run(
  _: Arguments,
  [shell = '']: readonly string[],
  commands: readonly Command[],
): Promise<void> {
  const script = { bash, zsh, fish }[shell];
  if (!script) throw new UsageError(`SHELL must be one of ${SHELLS.join(', ')}, got '${shell}'`);
  await print(script(commands));
}

/** What can follow a flag or a command: one of these words, a file, or something that cannot be completed. */
type Value = readonly string[] | 'file' | 'unknown' | undefined;

function takenBy({ value, choices }: Flag): Value {
  if (value === undefined) return undefined;
  return choices ?? (value === 'FILE' ? 'file' : 'unknown');
}

const operandOf = ({ operand }: Command): Value => (operand === 'SHELL' ? SHELLS : 'file');

const spellings = ({ name, short }: Flag) => [`--${name}`, ...(short ? [`-${short}`] : [])];

/** A text in single quotes, for bash and zsh. */
const inQuotes = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

function bash(commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name);
  const cases = commands.map((command) => {
    const flags = flagsOf(command);
    const values = flags.flatMap((flag) => {
      const value = takenBy(flag);
      // After a flag whose value is optional, the next word is never its value.
      if (value === undefined || flag.optional) return [];
      const does =
        value === 'file'
          ? 'files=1'
          : value === 'unknown'
            ? 'return 0'
            : `words='${value.join(' ')}'`;
      return [`        ${spellings(flag).join('|')}) ${does} ;;`];
    });
    const operand = operandOf(command);
    const other = Array.isArray(operand) ? `words='${operand.join(' ')}'` : 'files=1';
    return `    ${command.name})
      case $prev in
${values.join('\n')}
        *) if [[ $cur == -* ]]; then words='${flags.flatMap(spellings).join(' ')}'; else ${other}; fi ;;
      esac ;;`.replace('\n\n', '\n');
  });
  return `# ${PROGRAM}: eval "$(${PROGRAM} completion bash)"
_autoencoder_wasm() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} words= files=
  COMPREPLY=()
  # --flag=value is three words here.
  if [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD - 2]} files=1; fi
  if [[ $cur == = ]]; then prev=\${COMP_WORDS[COMP_CWORD - 1]} cur= files=1; fi
  if ((COMP_CWORD == 1)); then
    words='${[...names, 'help', '--help', '--version'].join(' ')}'
  else
    case \${COMP_WORDS[1]} in
${cases.join('\n')}
    help) words='${names.join(' ')}' ;;
    esac
  fi
  if [[ $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
  elif [[ $files ]]; then
    compopt -o filenames 2>/dev/null
    local IFS=$'\\n'
    COMPREPLY=($(compgen -f -- "$cur"))
  fi
}
complete -F _autoencoder_wasm ${PROGRAM}
`;
}

function zsh(commands: readonly Command[]): string {
  const action = (value: Value) =>
    value === 'file' ? '_files' : value === 'unknown' ? ' ' : `(${value?.join(' ')})`;
  const text = (help: string) => oneLine(help).replace(/[[\]:\\]/g, '\\$&');
  const spec = (flag: Flag) => {
    const value = takenBy(flag);
    const after = value && `${flag.optional ? '::' : ':'}${flag.value}:${action(value)}`;
    return spellings(flag).map((name) => {
      const joined = flag.optional ? `${name}=-` : name;
      return inQuotes(`(${spellings(flag).join(' ')})${joined}[${text(flag.help)}]${after ?? ''}`);
    });
  };
  const cases = commands.map((command) => {
    const specs = flagsOf(command).flatMap(spec);
    const many = command.operand === 'DATA' ? '*' : '1';
    specs.push(inQuotes(`${many}:${command.operand}:${action(operandOf(command))}`));
    return `    ${command.name})\n      _arguments -s ${specs.join(' \\\n        ')} ;;`;
  });
  return `# ${PROGRAM}: source <(${PROGRAM} completion zsh)
_autoencoder_wasm() {
  local -a commands=(
    ${commands.map(({ name, summary }) => inQuotes(`${name}:${text(summary)}`)).join('\n    ')}
  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
${cases.join('\n')}
    help) _describe command commands ;;
  esac
}
compdef _autoencoder_wasm ${PROGRAM}
`;
}

function fish(commands: readonly Command[]): string {
  const quoted = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`;
  const lines = commands.flatMap((command) => {
    const here = `complete -c ${PROGRAM} -n ${quoted(`__fish_seen_subcommand_from ${command.name}`)}`;
    const flags = flagsOf(command).map((flag) => {
      const value = takenBy(flag);
      const takes =
        value === undefined || flag.optional
          ? ''
          : value === 'file'
            ? ' -r -F'
            : value === 'unknown'
              ? ' -x'
              : ` -x -a ${quoted(value.join(' '))}`;
      const short = flag.short ? ` -s ${flag.short}` : '';
      return `${here}${short} -l ${flag.name}${takes} -d ${quoted(oneLine(flag.help))}`;
    });
    const operand = operandOf(command);
    const words = Array.isArray(operand) ? `-a ${quoted(operand.join(' '))}` : '-F';
    return [
      `complete -c ${PROGRAM} -n __fish_use_subcommand -a ${command.name} -d ${quoted(command.summary)}`,
      ...flags,
      `${here} ${words}`,
    ];
  });
  return `# ${PROGRAM}: ${PROGRAM} completion fish | source
complete -c ${PROGRAM} -f
${lines.join('\n')}
`;
}

/** The help contains line breaks; descriptions in the scripts must not. */
function oneLine(help: string): string {
  return help.replaceAll('\n', ' ');
}
