import { flagsOf, helpOf, type Setting, type Table } from '@latentkit/training/settings';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { offerValues } from './completion/offered-values.ts';

/**
 * The options that a table of training's settings comes to. They settle the form of a value (is it a
 * number at all?); which values make sense is for the library to say, so that a program and the command
 * give the same message.
 */
export function addSettingOptions(command: Command, table: Table): Command {
  for (const row of Object.values(table)) {
    const option = new Option(flagsOf(row), helpOf(row));
    const { domain } = row;
    if (domain.placeholder !== undefined) {
      option.argParser((text) => {
        const value = domain.parse(text);
        if (value === undefined) throw new InvalidArgumentError(domain.form);
        return value;
      });
    }
    command.addOption(option);
    if (domain.names) offerValues(command, { [option.long as string]: domain.names });
  }
  return command;
}

/** The settings of a table that were given on the command line, by their keys. */
export function givenSettings(command: Command, table: Table): Record<string, unknown> {
  const given = Object.entries(table).flatMap(([key, row]) => {
    const name = attributeOf(command, row);
    // An option that is switched off by `--no-…` has a default of its own.
    return command.getOptionValueSource(name) === 'cli'
      ? [[key, command.getOptionValue(name)]]
      : [];
  });
  return Object.fromEntries(given);
}

/** The flags given of settings that a run which is resumed keeps. */
export function keptFlags(command: Command, table: Table): string[] {
  return Object.values(table)
    .filter((row) => !row.resumable)
    .filter((row) => command.getOptionValueSource(attributeOf(command, row)) === 'cli')
    .map(({ flag }) => `--${flag}`);
}

function attributeOf(command: Command, { flag }: Setting<unknown>): string {
  return command.options.find(({ long }) => long === `--${flag}`)?.attributeName() ?? '';
}
