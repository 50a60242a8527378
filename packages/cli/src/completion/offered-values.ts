import type { Command, Option } from 'commander';

const OFFERED = new WeakMap<Option, readonly string[]>();

/**
 * Notes the values that a shell offers for options of a verb. What else they take, and which values are wrong, the
 * library says.
 *
 * @param values by the options, with their dashes
 */
export function offerValues(
  command: Command,
  values: Readonly<Record<string, readonly string[]>>,
): Command {
  for (const [flag, names] of Object.entries(values)) {
    const option = command.options.find(({ long }) => long === flag);
    if (option === undefined) throw new Error(`${command.name()} has no option ${flag}`);
    OFFERED.set(option, names);
  }
  return command;
}

/** The values that are offered for an option; none where it takes numbers, paths or words of one's own. */
export function offeredValues(option: Option): readonly string[] {
  return option.argChoices ?? OFFERED.get(option) ?? [];
}
