import type { ModelCard } from '@latentkit/core';

/** The README of a model folder, made from its card alone. */
export function makeReadme(card: ModelCard): string {
  const { latent, provenance, item } = card;
  const files = [
    ...Object.entries(card.graphs).map(([name, graph]) => ({
      ...graph?.files.fp32,
      what: `${ioList(graph?.inputs)} → ${ioList(graph?.outputs)} (${name})`,
    })),
    ...(card.golden ? [{ ...card.golden, what: 'inputs and outputs recorded from tfjs' }] : []),
  ];
  const tools = Object.entries(provenance.tools).map(([name, version]) => `${name} ${version}`);
  return `# ${card.name}

${card.description ?? ''}

- Family: ${card.family}; latent: ${latent.kind}, ${latent.size} dimensions; likelihood: ${card.likelihood.kind}
- Items: ${item.shape.join(' × ')} (${item.layout}), values from ${item.range[0]} to ${item.range[1]}
- Trained: ${provenance.dataset}, ${provenance.epochs} epochs, seed ${provenance.seed}, ${provenance.objective}, on ${provenance.engine}
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

const vae = await loadAutoencoder('path/to/this/folder');
const embedded = await vae.encoder.embed(pixels); // Float32Array or Uint8Array, ${item.shape.join(' × ')} an item
const images = await vae.sample(16, { seed: 7 });
await vae.dispose();
\`\`\`
`;
}

function ioList(tensors: ModelCard['graphs']['encoder']['inputs'] | undefined): string {
  return (tensors ?? []).map(({ name, shape }) => `${name} [${shape.join(', ')}]`).join(', ');
}
