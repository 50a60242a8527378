import type { Command } from 'commander';
import { completionScript } from '../completion/completion-script.ts';
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
