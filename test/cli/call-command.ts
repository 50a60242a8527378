import { main } from '../../packages/cli/src/main.ts';
import { type CommandResult, ROOT } from './run-command.ts';

/**
 * Runs the command in the process of the test. For what it says and writes: a process of its own takes a second to load
 * what the next one loads again, and is for what a process does, its codes, signals and streams.
 */
export async function callCommand(
  args: readonly string[],
  { cwd = ROOT }: { cwd?: string } = {},
): Promise<CommandResult> {
  const [out, err]: [string[], string[]] = [[], []];
  const before = process.cwd();
  process.chdir(cwd);
  try {
    const code = await main(args, {
      out: (text) => void out.push(`${text}\n`),
      err: (text) => void err.push(`${text}\n`),
      interactive: false,
    });
    return { code, signal: null, stdout: out.join(''), stderr: err.join('') };
  } finally {
    process.chdir(before);
  }
}
