import { ArgumentError } from '@latentkit/core';
import { usesInWords } from './conditions.ts';
import type { Condition, Setting, Table } from './setting.ts';

// biome-ignore lint/suspicious/noExplicitAny: rows of all types are described alike
type Row = Setting<any>;

/** `--code-size <n>` */
export function flagsOf(row: Row): string {
  const { flag, domain } = checkRow(row);
  return domain.placeholder === undefined ? `--${flag}` : `--${flag} ${domain.placeholder}`;
}

/** What the option of a command is for, its values where they are names, and its standard. */
export function helpOf(row: Row): string {
  const { help, domain } = checkRow(row);
  const whose = soleUse(row);
  const names = domain.names === undefined ? '' : `: ${domain.words}`;
  const standard = standardInWords(row);
  return [
    whose === undefined ? '' : `${whose}: `,
    help,
    names,
    standard === undefined ? '' : ` (default: ${standard})`,
  ].join('');
}

/** `mlp; conv for vq-vae`; undefined where there is no standard worth a word. */
export function standardInWords(row: Row): string | undefined {
  const { standard, standardWords, unless = [], domain } = checkRow(row);
  if (domain.placeholder === undefined) return undefined;
  const usual = standardWords ?? (standard === undefined ? 'none' : String(standard));
  const others = unless.map(({ when, standard }) => `${standard} ${whenInWords(when)}`);
  return [usual, ...others].join('; ');
}

/** What a setting is for, in words; undefined where it is for all. */
export function useInWords(row: Row, table: Table): string | undefined {
  const { uses } = checkRow(row);
  return uses && usesInWords(uses, table);
}

/** @throws ArgumentError for what is no row of the table */
function checkRow(row: Row): Row {
  const isRow = typeof row?.flag === 'string' && typeof row.domain === 'object';
  if (!isRow) throw new ArgumentError('setting', 'a row of SETTINGS', row);
  return row;
}

function whenInWords(when: Condition): string {
  return Object.entries(when)
    .map(([key, values]) => {
      if (typeof values === 'string') {
        const name = key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
        return values === 'given' ? `with a ${name}` : `without a ${name}`;
      }
      const isKind = ['family', 'data', 'items'].includes(key);
      const kind = key === 'items' ? 'items ' : '';
      return `${isKind ? 'for' : 'with'} ${kind}${values.join(', ')}`;
    })
    .join(' and ');
}

/** The one value of another setting that this one is for; undefined where there are more, or it is for all. */
function soleUse({ uses = [] }: Row): string | undefined {
  const [values] = uses.length === 1 ? Object.values(uses[0] as Condition) : [];
  return values?.length === 1 ? String(values[0]) : undefined;
}
