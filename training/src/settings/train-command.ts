import { type ResolvedConfig, usedSettings } from './config.ts';
import { standardOf } from './fill.ts';
import type { Setting, Table } from './setting.ts';
import { DATA_SETTINGS, SETTINGS } from './table.ts';

/**
 * The command that trains with these settings again, or the call where a program gave the items; what is as by default
 * is left out.
 */
export function trainCommand(
  config: ResolvedConfig,
  { engine, backend }: { readonly engine: string; readonly backend?: string | undefined },
): string {
  const { data, ...rest } = usedSettings(config);
  const settings = chosen(SETTINGS, { ...rest, data: data.name });
  if (data.name === 'arrays') {
    const given = settings.map(([key, , value]) => `${key}: ${JSON.stringify(value)}`);
    const where = backend ? `backend: '${backend}'` : `engine: '${engine}'`;
    return `train({ ${['runDir', 'data', ...given, where].join(', ')} })`;
  }
  return [
    'latentkit train',
    ...[...chosen(DATA_SETTINGS, { ...data }), ...settings].map(([, row, value]) =>
      wordsOf(row, value),
    ),
    // Always said, since the losses depend on them.
    backend ? `--backend ${backend}` : `--engine ${engine}`,
  ].join(' ');
}

/** The rows of a table that have to be said, with their values. */
function chosen(
  table: Table,
  values: Readonly<Record<string, unknown>>,
): (readonly [key: string, row: Setting<unknown>, value: unknown])[] {
  return Object.entries(table).flatMap(([key, row]) => {
    const value = values[key];
    if (row.onCard === 'never' || value === undefined) return [];
    const usual = String(value) === String(standardOf(row, values));
    return usual && row.onCard !== 'always' ? [] : [[key, row, value] as const];
  });
}

function wordsOf({ flag, domain }: Setting<unknown>, value: unknown): string {
  return domain.placeholder === undefined ? `--${flag}` : `--${flag} ${value}`;
}
