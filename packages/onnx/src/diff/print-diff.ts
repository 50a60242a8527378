import type { ModelChange, ModelDiff } from './diff-models.ts';

/** A difference as text: lines with `-` and `+` as in a diff of texts, `~` for weights that changed. */
export function printDiff({ changes, operators }: ModelDiff): string {
  if (changes.length === 0) return 'The graphs are the same.\n';
  const counts = Object.entries(operators).map(
    ([name, { before, after }]) => `  ${name}: ${before} → ${after}`,
  );
  const head = counts.length > 0 ? ['nodes by operator:', ...counts] : [];
  return `${[...changes.flatMap(linesOf), ...head].join('\n')}\n`;
}

function linesOf({ kind, what, name, before, after, relativeChange }: ModelChange): string[] {
  if (what === 'weight' && kind === 'changed' && before === after) {
    const by = relativeChange === undefined ? '' : `, by ${percent(relativeChange)} of its norm`;
    return [`~ weight ${name}: ${after}${by}`];
  }
  const indent = (text: string) => text.replaceAll('\n', '\n    ');
  return [
    ...(before === undefined ? [] : [`- ${what} ${name}: ${indent(before)}`]),
    ...(after === undefined ? [] : [`+ ${what} ${name}: ${indent(after)}`]),
  ];
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`;
}
