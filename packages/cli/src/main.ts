import { checkList, checkObject } from '@latentkit/core/runtime';
import type { Command } from 'commander';
import { afterInterruption } from './ending/after-interruption.ts';
import { EXIT } from './exit-codes.ts';
import { reportFailure } from './failure.ts';
import { type Io, printableIo, processIo } from './io.ts';
import { createProgram } from './program.ts';

/** What the library calls otherwise than the command does. */
const OTHERWISE: Readonly<Record<string, string>> = {
  batch: 'batchSize',
  maxBody: 'maxBodyBytes',
  maxDelay: 'maxDelayMs',
  only: 'measure',
  rate: 'rate.shards',
  to: 'store',
};

/** The options that were given to a verb, as `--false-alarms`, or the variable that stands for one, by the names that the library has for them. */
function givenOptions(verb: Command | undefined): ReadonlyMap<string, string> {
  if (!verb) return new Map();
  const typed = verb.options.flatMap((option) => {
    const name = option.attributeName();
    const from = verb.getOptionValueSource(name);
    if (from !== 'cli' && from !== 'env') return [];
    const given = from === 'env' ? `${option.envVar}` : (option.long ?? option.flags);
    return [name, OTHERWISE[name] ?? name].map((each) => [each, given] as const);
  });
  // A verb above reads the options that it has too.
  return new Map([...givenOptions(verb.parent ?? undefined), ...typed]);
}

/**
 * Runs the command.
 *
 * @param args the arguments after the program's name
 * @returns the exit code; see {@link EXIT}
 * @throws ArgumentError for arguments that are no list
 */
export async function main(args: readonly string[], given: Io = processIo): Promise<number> {
  checkList('args', args, "the arguments after the program's name");
  checkObject('io', given);
  const io = printableIo(given);
  const program = createProgram(io);
  let verb: Command | undefined;
  program.hook('preAction', (_, action) => {
    verb = action;
  });
  try {
    await program.parseAsync(args as string[], { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    const verbose = program.opts<{ verbose?: boolean }>().verbose === true;
    const showStack = verbose || Boolean(process.env['DEBUG']);
    return reportFailure(error, showStack, io, afterInterruption(verb), givenOptions(verb));
  }
}
