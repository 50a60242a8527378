import { refusedReasons } from '../kernels/refused.ts';
import { kernelTable, refusedKernels } from '../kernels/registry.ts';
import { layerCases } from '../layers.cases.ts';
import { OPSETS } from '../lower-graph.ts';
import type { LayerCase } from '../testing/layer-case.ts';
import { LAYER_PREFIX } from '../trace/recurrent.ts';
import { kernelFamilies } from './kernel-families.ts';

/** Where the table is kept, from the repository's root. */
export const TABLE_PATH = 'docs/tfjs-layers.md';

/** The documentation of what is supported, as the tests know it. */
export function supportTable(): string {
  return `${[
    '# tfjs layers and kernels in ONNX',
    '<!-- Written by `npm run docs -w @latentkit/tfjs-to-onnx` from the tested cases; a test holds it up to date. -->',
    [
      'What `@latentkit/tfjs-to-onnx` exports. Every line is a test: the case is exported, checked by',
      "ONNX's own checker, and run in ONNX Runtime with graph optimisation off and on, at batch 1, 2 and 5,",
      'on ordinary, zero and extreme values, beside tfjs. What is refused is refused in a test, too.',
      `Operator sets ${OPSETS[0]} to ${OPSETS.at(-1)}. Limits, and how to add a kernel, are in the`,
      "[package's README](../packages/tfjs-to-onnx/README.md).",
    ].join('\n'),
    '## Layers',
    layerRows(),
    '## Kernels',
    kernelRows(),
    '## Kernels that are refused',
    refusedRows(),
  ].join('\n\n')}\n`;
}

function layerRows(): string {
  const groups = new Map<string, LayerCase[]>();
  for (const item of layerCases) groups.set(item.layer, [...(groups.get(item.layer) ?? []), item]);
  const rows = [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([layer, cases]) => {
      const aliases = [...new Set(cases.flatMap((item) => item.aliases ?? []))];
      const text = (list: readonly LayerCase[]) =>
        list.map(({ variant }) => (variant === '' ? 'plain' : variant)).join('; ');
      const exported = cases.filter(({ refused }) => refused === undefined);
      const refused = cases.filter((item) => item.refused !== undefined);
      const operators = [...new Set(exported.flatMap(({ operator }) => operator ?? []))];
      return row([
        [layer, ...aliases].map((name) => `\`${name}\``).join(', '),
        exported.length === 0 ? 'no' : 'yes',
        operators.join(', '),
        [text(exported), refused.length === 0 ? '' : `refused: ${text(refused)}`]
          .filter(Boolean)
          .join('; '),
      ]);
    });
  return [
    row(['layer of `tf.layers`', 'exported', 'as one operator', 'tested']),
    rule(4),
    ...rows,
  ].join('\n');
}

function kernelRows(): string {
  const rows = Object.entries(kernelFamilies).flatMap(([family, cases]) => {
    const kernels = [...new Set(cases.flatMap((item) => item.kernels))].sort();
    return kernels
      .filter(
        (kernel) => Object.keys(kernelFamilies).find((name) => names(name).has(kernel)) === family,
      )
      .map((kernel) => {
        const all = Object.values(kernelFamilies)
          .flat()
          .filter((item) => item.kernels.includes(kernel));
        return row([`\`${kernel}\``, family, String(all.length)]);
      });
  });
  const layers = [...kernelTable.keys()].filter((kernel) => kernel.startsWith(LAYER_PREFIX)).sort();
  const whole = layers.map((kernel) => row([`\`${kernel}\``, 'recurrent', 'as layers']));
  return [row(['kernel', 'first tested in', 'cases']), rule(3), ...rows, ...whole].join('\n');
}

const names = (family: string): ReadonlySet<string> =>
  new Set((kernelFamilies[family] ?? []).flatMap((item) => item.kernels));

function refusedRows(): string {
  const rows = [...refusedKernels]
    .sort()
    .map((kernel) => row([`\`${kernel}\``, refusedReasons[kernel] ?? '']));
  return [row(['kernel', 'why, and what to do']), rule(2), ...rows].join('\n');
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const rule = (cells: number): string => `|${'---|'.repeat(cells)}`;
