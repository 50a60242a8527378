import { splitArguments } from '@latentkit/system';
import { type DatasetConfig, nameOrPath, type TrainConfig } from './config.ts';
import type { Table } from './setting.ts';
import { DATA_SETTINGS, SETTINGS } from './table.ts';

/** The settings that a command says, those of its data, and the name of these. */
export interface CommandSettings {
  readonly data: string | undefined;
  readonly dataSettings: Partial<DatasetConfig>;
  readonly settings: Partial<TrainConfig>;
}

/** Reads the settings back from what `trainCommand` wrote on a card; what is not understood is left out. */
export function readCommand(command: string): CommandSettings {
  return command.startsWith('train(') ? readCall(command) : readOptions(splitArguments(command));
}

function readOptions(words: readonly string[]): CommandSettings {
  const place = words[words.indexOf('--data') + 1];
  // Own pictures are named by a place, and were by the name of their kind.
  const data = words.includes('--data') ? nameOrPath(place).name : undefined;
  const { name, ...dataRows } = DATA_SETTINGS;
  return {
    data,
    dataSettings: readRows(dataRows, words),
    settings: readRows(SETTINGS, words),
  };
}

function readRows(table: Table, words: readonly string[]): Record<string, unknown> {
  const rows = Object.entries(table).filter(([, { onCard }]) => onCard !== 'never');
  const said = words.flatMap((word, i) => {
    const [key, row] = rows.find(([, { flag }]) => word === `--${flag}`) ?? [];
    if (key === undefined || row === undefined) return [];
    // A switch is there to turn off what is on by default.
    const { placeholder, parse } = row.domain;
    const value = placeholder === undefined ? !row.standard : parse(words[i + 1] ?? '');
    return value === undefined ? [] : [[key, value] as const];
  });
  return Object.fromEntries(said);
}

/** `key: value` of a call, the value as JSON. */
const GIVEN = /(\w+): ("(?:[^"\\]|\\.)*"|\[[^\]]*\]|[-\w.+]+)/g;

function readCall(call: string): CommandSettings {
  const given = [...call.matchAll(GIVEN)].flatMap(([, key = '', json = '']) => {
    const row = SETTINGS[key as keyof typeof SETTINGS];
    return row && row.onCard !== 'never' ? [[key, JSON.parse(json)] as const] : [];
  });
  return { data: 'arrays', dataSettings: {}, settings: Object.fromEntries(given) };
}
