import { nameOrPath, type TrainConfig } from './config.ts';
import { SETTINGS } from './table.ts';

/** The settings that a command says, and the name of its data. */
export interface CommandSettings {
  readonly data: string | undefined;
  readonly settings: Partial<TrainConfig>;
}

/**
 * Reads the settings back from what `trainCommand` wrote on a card; those of the data, and what is not understood, are
 * left out.
 */
export function readCommand(command: string): CommandSettings {
  return command.startsWith('train(') ? readCall(command) : readOptions(command.split(/\s+/));
}

function readOptions(words: readonly string[]): CommandSettings {
  const rows = Object.entries(SETTINGS).map(([key, row]) => [`--${row.flag}`, key, row] as const);
  const settings: Record<string, unknown> = {};
  let data: string | undefined;
  for (const [i, word] of words.entries()) {
    const next = (words[i + 1] ?? '').replace(/^'(.*)'$/, '$1');
    // Own pictures are named by a place, and were by the name of their kind.
    if (word === '--data') data = nameOrPath(next).name;
    const [, key, row] = rows.find(([flag]) => flag === word) ?? [];
    if (key === undefined || row === undefined || row.onCard === 'never') continue;
    // A switch is there to turn off what is on by default.
    const value = row.domain.placeholder === undefined ? !row.standard : row.domain.parse(next);
    if (value !== undefined) settings[key] = value;
  }
  return { data, settings: settings as Partial<TrainConfig> };
}

/** `key: value` of a call, the value as JSON. */
const GIVEN = /(\w+): ("(?:[^"\\]|\\.)*"|\[[^\]]*\]|[-\w.+]+)/g;

function readCall(call: string): CommandSettings {
  const given = [...call.matchAll(GIVEN)].flatMap(([, key = '', json = '']) => {
    const row = SETTINGS[key as keyof typeof SETTINGS];
    return row && row.onCard !== 'never' ? [[key, JSON.parse(json)] as const] : [];
  });
  return { data: 'arrays', settings: Object.fromEntries(given) };
}
