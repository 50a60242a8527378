import { type ResolvedConfig, usedSettings } from './config.ts';
import { standardOf } from './fill.ts';
import type { Setting, Table } from './setting.ts';
import { DATA_SETTINGS, SETTINGS } from './table.ts';

/** The command that trains with these settings again; what is as by default is left out. */
export function trainCommand(
  config: ResolvedConfig,
  { engine, backend }: { readonly engine: string; readonly backend?: string | undefined },
): string {
  const { data, ...settings } = usedSettings(config);
  return [
    'latentkit train',
    ...words(DATA_SETTINGS, { ...data }),
    ...words(SETTINGS, { ...settings, data: data.name }),
    // Always said, since the losses depend on them.
    backend ? `--backend ${backend}` : `--engine ${engine}`,
  ].join(' ');
}

function words(table: Table, values: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(table).flatMap(([key, row]) => {
    const value = values[key];
    if (row.onCard === 'never' || value === undefined) return [];
    const usual = String(value) === String(standardOf(row, values));
    return usual && row.onCard !== 'always' ? [] : [wordsOf(row, value)];
  });
}

function wordsOf({ flag, domain }: Setting<unknown>, value: unknown): string {
  return domain.placeholder === undefined ? `--${flag}` : `--${flag} ${value}`;
}
