import { checkList, checkOptions } from '../form.ts';
import type { ModelChange, ModelDiff } from './diff-models.ts';

/** A difference as text: lines with `-` and `+` as in a diff of texts, `~` for weights that changed. */
export function printDiff(diff: ModelDiff): string {
  checkOptions(diff, 'The difference');
  const { changes, operators } = diff;
  checkList('The changes', changes, 'a list, as diffModels gives it');
  checkOptions(operators, 'The operators');
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
