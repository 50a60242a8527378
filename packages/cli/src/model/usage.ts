import type { ModelCard } from '@latentkit/core';
import { quoteArgument } from '@latentkit/system';
import { displayPath } from '../format.ts';

/**
 * Code that reads pictures, embeds and reconstructs them, as a model of this card takes them.
 *
 * @param from the folder of the model, or of a run, which has to be exported first
 */
export function usageOf(
  { name, condition }: Pick<ModelCard, 'name' | 'condition'>,
  from: { readonly model: string } | { readonly run: string },
): string {
  const model = 'model' in from ? displayPath(from.model) : `models/${name}`;
  const first =
    'model' in from
      ? []
      : [
          `// After: npx latentkit export ${quoteArgument(displayPath(from.run))} --out ${quoteArgument(model)}`,
        ];
  const labels = condition?.labels.slice(0, 2) ?? [];
  const given = condition ? ', { condition }' : '';
  return [
    ...first,
    `import { loadAutoencoder, readImages } from '@latentkit/node';

const model = await loadAutoencoder(${quoted(model)});
const items = await readImages(['a.png', 'b.png'], model.card);`,
    ...(condition
      ? [
          `const condition = [${[labels[0], labels[1] ?? labels[0]].map((label) => quoted(label ?? '')).join(', ')}];                          // the label of each`,
        ]
      : []),
    `const latents = await model.encoder.embed(items${given});
const again = await model.reconstruct(items${given});               // again.mean.data
await model.dispose();`,
  ].join('\n');
}

/** A text as JavaScript has it, in the quotes of the code around it. */
export function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
