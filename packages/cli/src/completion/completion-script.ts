import type { Command } from 'commander';
import { offeredValues } from './offered-values.ts';

/** A script for bash, and for zsh by its compatibility with it. */
export function completionScript(program: Command): string {
  const names = namesOf(program.commands);
  // The verbs below others come first: the patterns of those match theirs, too.
  const cases = program.commands.flatMap((verb) => [
    ...verb.commands.map((below) => caseOf(below, patternsOf(verb, below))),
    caseOf(verb, patternsOf(verb)),
  ]);
  return [
    `if [ -n "\${ZSH_VERSION:-}" ]; then autoload -Uz compinit bashcompinit && compinit && bashcompinit; fi`,
    '_latentkit() {',
    `  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"`,
    '  local words="" values="" below="" files=1',
    // bash takes the sign of --option=value for a word.
    '  if [ "$word" = "=" ]; then word=""',
    `  elif [ "$before" = "=" ]; then before="\${COMP_WORDS[COMP_CWORD-2]}"; fi`,
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    COMPREPLY=($(compgen -W "${names} help --help --version" -- "$word"))`,
    '    return',
    '  fi',
    `  case "\${COMP_WORDS[1]} \${COMP_WORDS[2]} " in`,
    `    "help "*) below="${names}" files="" ;;`,
    ...cases,
    '  esac',
    '  [ "$COMP_CWORD" -eq 2 ] || below=""',
    '  if [ -n "$values" ]; then',
    '    COMPREPLY=($(compgen -W "$values" -- "$word"))',
    // What is none of them may be a path, as that of data is.
    `    [ "\${#COMPREPLY[@]}" -eq 0 ] || return`,
    '  fi',
    '  case "$word" in',
    '    -*) COMPREPLY=($(compgen -W "$words" -- "$word")) ;;',
    '    *) COMPREPLY=($(compgen -W "$below" -- "$word") $([ -z "$files" ] || compgen -f -- "$word")) ;;',
    '  esac',
    '}',
    'complete -o filenames -F _latentkit latentkit',
  ].join('\n');
}

function namesOf(commands: readonly Command[]): string {
  return commands.flatMap((command) => [command.name(), ...command.aliases()]).join(' ');
}

/** What the first two words are of a verb, or of one below it. */
function patternsOf(verb: Command, below?: Command): string {
  return [verb.name(), ...verb.aliases()]
    .map((name) => `"${name} ${below ? `${below.name()} ` : ''}"*`)
    .join('|');
}

function caseOf(command: Command, patterns: string): string {
  const options = command.options.flatMap(({ long }) => long ?? []);
  const values = command.options.flatMap((option) => {
    const names = offeredValues(option);
    const flags = [option.short, option.long].filter(Boolean).join('|');
    return names.length > 0 ? [`${flags}) values="${names.join(' ')}" ;;`] : [];
  });
  const { commands } = command;
  // A verb that only has others below it takes no argument of its own.
  const only = commands.length > 0 && command.registeredArguments.length === 0;
  return [
    `    ${patterns})`,
    `      words="${[...options, '--help'].join(' ')}"`,
    ...(commands.length > 0 ? [`      below="${namesOf(commands)}"`] : []),
    ...(only ? ['      files=""'] : []),
    ...(values.length > 0 ? [`      case "$before" in ${values.join(' ')} esac`] : []),
    '      ;;',
  ].join('\n');
}
