import { hasPrior, priorOf, type WholeCard } from '@latentkit/core';
import { formatPlural } from '@latentkit/system';
import type { VariantPrecision } from '../graphs/variants.ts';

/** How the weights are stored in other precisions than float32. */
const VARIANTS: Readonly<Record<VariantPrecision, string>> = {
  fp16: 'in half precision',
  int8: 'in 8 bits',
};

/** A text as it is, in Markdown: nothing of it is markup, nor begins a list or a heading. */
function inText(text: string): string {
  return text
    .trim()
    .replace(/\s*\n\s*/g, ' ')
    .replace(/[\\`*_~[\]<>|&]/g, '\\$&')
    .replace(/^(\d*)([#+=.)-])/, '$1\\$2');
}

/** The README of a model folder, made from its card alone. */
export function makeReadme(card: WholeCard): string {
  const { latent, provenance, item } = card;
  const prior = priorOf(card);
  const files = [
    ...Object.entries(card.graphs).flatMap(([name, graph]) => [
      {
        ...graph?.files.fp32,
        what: `${ioList(graph?.inputs)} → ${ioList(graph?.outputs)} (${name})`,
      },
      ...Object.entries(VARIANTS).flatMap(([precision, how]) => {
        const file = graph?.files[precision as VariantPrecision];
        if (!file) return [];
        const off =
          file.error === undefined ? '' : `, off by ${file.error} at most on the golden rows`;
        return [{ ...file, what: `the ${name} with its weights ${how}${off}` }];
      }),
    ]),
    ...(card.golden ? [{ ...card.golden, what: 'inputs and outputs recorded from tfjs' }] : []),
    ...(card.training
      ? [{ ...card.training, what: 'the losses of each epoch of the training' }]
      : []),
    ...(card.pseudoInputs
      ? [{ ...card.pseudoInputs, what: 'what the prior was made of, to go on training from' }]
      : []),
  ];
  const tools = Object.entries(provenance.tools).map(([name, version]) => `${name} ${version}`);
  const smaller = Object.keys(VARIANTS).filter(
    (precision) => card.graphs.encoder.files[precision as VariantPrecision],
  );
  const byOption =
    smaller.length > 0
      ? ` // with { dtype: ${smaller.map((dtype) => `'${dtype}'`).join(' or ')} }: the smaller files`
      : '';
  const took = provenance.seconds === undefined ? '' : ` in ${provenance.seconds} s`;
  return `# ${inText(card.name)}

${inText(card.description ?? '')}

- Family: ${card.family}; latent: ${latent.kind}, ${latent.size} dimensions${prior ? `, with a prior of ${formatPlural(prior.components.length, 'Gaussian')} of its own` : ''}; likelihood: ${card.likelihood.kind}
- Items: ${item.shape.join(' × ')} (${item.layout}), values from ${item.range[0]} to ${item.range[1]}
- Trained: ${inText(provenance.dataset)}, ${provenance.epochs} epochs${took}, seed ${provenance.seed}, ${provenance.objective}, on ${provenance.engine}${provenance.from ? `; went on from ${inText(provenance.from.name)}` : ''}
- Made with: ${tools.join(', ')}

| file | bytes | holds |
|---|---|---|
${files.map(({ file, bytes, what }) => `| ${file} | ${bytes} | ${what} |`).join('\n')}

## Figures

${
  card.metrics.length > 0
    ? `| figure | value | protocol |
|---|---|---|
${card.metrics.map(({ name, value, unit, protocol }) => `| ${name} | ${value} ${unit} | ${protocol} |`).join('\n')}`
    : 'None were measured.'
}

${provenance.command ? `## Train it again\n\n    ${provenance.command}\n\n` : ''}## Use it

\`\`\`ts
import { loadAutoencoder } from '@latentkit/node';

const model = await loadAutoencoder('path/to/this/folder');${byOption}
${usage(card)}
await model.dispose();
\`\`\`
`;
}

/** What the model can do: a plain autoencoder has nothing to sample from, a conditional model asks for a label. */
function usage(card: WholeCard): string {
  const { item, condition } = card;
  const pixels = `Float32Array or Uint8Array, ${item.shape.join(' × ')} an item`;
  const given = condition ? `, { condition: labels }` : '';
  const lines = [`const embedded = await model.encoder.embed(pixels${given}); // ${pixels}`];
  if (hasPrior(card)) {
    const label = condition ? `, condition: '${condition.labels.at(-1)}'` : '';
    lines.push(`const images = await model.sample(16, { seed: 7${label} });`);
  }
  return lines.join('\n');
}

function ioList(tensors: WholeCard['graphs']['encoder']['inputs'] | undefined): string {
  return (tensors ?? []).map(({ name, shape }) => `${name} [${shape.join(', ')}]`).join(', ');
}
