import type { Command } from 'commander';
import type { Io } from '../io.ts';

const EXAMPLES = `
Examples:
  eval "$(latentkit completion)"                        in this shell, bash or zsh
  latentkit completion >> ~/.bashrc                     in every one to come
`;

export function addCompletion(program: Command, io: Io): void {
  program
    .command('completion')
    .summary('print what completes commands and options in a shell')
    .description('Print a script by which bash and zsh complete verbs, options and files.')
    .addHelpText('after', EXAMPLES)
    .action(() => io.out(completionScript(program)));
}

/** A script for bash, and for zsh by its compatibility with it. */
export function completionScript(program: Command): string {
  const { commands } = program;
  const names = commands.flatMap((command) => [command.name(), ...command.aliases()]);
  const cases = commands.map((command) => {
    const options = command.options.flatMap(({ long }) => long ?? []);
    const pattern = [command.name(), ...command.aliases()].join('|');
    return `    ${pattern}) words="${[...options, '--help'].join(' ')}" ;;`;
  });
  return [
    `if [ -n "\${ZSH_VERSION:-}" ]; then autoload -Uz compinit bashcompinit && compinit && bashcompinit; fi`,
    '_latentkit() {',
    `  local word="\${COMP_WORDS[COMP_CWORD]}" words=""`,
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    COMPREPLY=($(compgen -W "${names.join(' ')} --help --version" -- "$word"))`,
    '    return',
    '  fi',
    `  case "\${COMP_WORDS[1]}" in`,
    ...cases,
    '  esac',
    '  case "$word" in',
    '    -*) COMPREPLY=($(compgen -W "$words" -- "$word")) ;;',
    '    *) COMPREPLY=($(compgen -f -- "$word")) ;;',
    '  esac',
    '}',
    'complete -o filenames -F _latentkit latentkit',
  ].join('\n');
}
