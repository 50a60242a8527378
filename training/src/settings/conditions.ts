import type { Condition, Setting, Table } from './setting.ts';

type Values = Readonly<Record<string, unknown>>;

/** `'auto'` leaves a choice to the program, as leaving it out does. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== 'auto';
}

export function holds(condition: Condition, values: Values): boolean {
  return Object.entries(condition).every(([key, wanted]) => {
    if (wanted === 'given') return values[key] !== undefined;
    return wanted === 'absent' ? values[key] === undefined : wanted.includes(String(values[key]));
  });
}

/** Whether a setting means anything beside these others. */
export function isUsed({ uses }: Pick<Setting<never>, 'uses'>, values: Values): boolean {
  return uses === undefined || uses.some((condition) => holds(condition, values));
}

/** What a setting is for: `family vq-vae`, `beta schedule warm-up, or a capacity`. */
export function usesInWords(uses: readonly Condition[], table: Table): string {
  return uses.map((condition) => conditionInWords(condition, table)).join(', or ');
}

function conditionInWords(condition: Condition, table: Table): string {
  return Object.entries(condition)
    .map(([key, wanted]) => {
      const name = table[key]?.name ?? key;
      if (wanted === 'given') return `a ${name}`;
      return wanted === 'absent' ? `no ${name}` : `${name} ${wanted.join(', ')}`;
    })
    .join(' and ');
}
