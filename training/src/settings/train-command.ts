import { quoteArgument } from '@latentkit/system';
import { type ResolvedConfig, usedSettings } from './config.ts';
import { standardOf } from './fill.ts';
import type { Setting, Table } from './setting.ts';
import { DATA_SETTINGS, SETTINGS } from './table.ts';

export interface CommandParts {
  readonly engine: string;
  readonly backend?: string | undefined;
  /** Name of the model that the run went on from. */
  readonly from?: string | undefined;
}

/**
 * The command that trains with these settings again, or the call where a program gave the items; what is as by default
 * is left out, unless the run went on from a model: there that model's settings are the standards.
 */
export function trainCommand(
  config: ResolvedConfig,
  { engine, backend, from }: CommandParts,
): string {
  const { data, ...rest } = usedSettings(config);
  const all = from !== undefined;
  const settings = chosen(SETTINGS, { ...rest, data: data.name }, all);
  if (data.name === 'arrays') {
    const given = settings.map(([key, , value]) => `${key}: ${JSON.stringify(value)}`);
    const where = backend ? `backend: '${backend}'` : `engine: '${engine}'`;
    const base = from === undefined ? [] : [`from: ${JSON.stringify(from)}`];
    return `train({ ${['runDir', 'data', ...base, ...given, where].join(', ')} })`;
  }
  return [
    'latentkit train',
    ...(from === undefined ? [] : [`--from ${from}`]),
    ...[...chosen(DATA_SETTINGS, { ...data }, all), ...settings].map(([key, row, value]) =>
      // The card does not tell where pictures were: whoever trains again names the place of theirs.
      wordsOf(row, key === 'name' && value === 'files' ? PICTURES : value),
    ),
    // Always said, since the losses depend on them.
    backend ? `--backend ${backend}` : `--engine ${engine}`,
  ].join(' ');
}

/** Stands for the place of somebody's own pictures, as in the guides. */
const PICTURES = './your-pictures';

/** The rows of a table that have to be said, with their values; `all` says those that are standard too. */
function chosen(
  table: Table,
  values: Readonly<Record<string, unknown>>,
  all = false,
): (readonly [key: string, row: Setting<unknown>, value: unknown])[] {
  return Object.entries(table).flatMap(([key, row]) => {
    const value = values[key];
    if (row.onCard === 'never' || value === undefined) return [];
    const usual = String(value) === String(standardOf(row, values));
    // A switch has no form for its standard.
    const said = row.onCard === 'always' || (all && row.domain.placeholder !== undefined);
    return usual && !said ? [] : [[key, row, value] as const];
  });
}

function wordsOf({ flag, domain }: Setting<unknown>, value: unknown): string {
  return domain.placeholder === undefined
    ? `--${flag}`
    : `--${flag} ${quoteArgument(String(value))}`;
}
