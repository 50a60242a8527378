import { type Model, readModel, tensorFromArray, writeModel } from '@latentkit/onnx';
import type { FamilyModel } from '@latentkit/training/browser';
import { type ModelCard, parseCard, validateCard } from '@latentkit/web';

const HALVES = ['encoder', 'decoder'] as const;

/** A published model: its card, and its graphs. */
export interface Published {
  readonly card: ModelCard;
  readonly graphs: Readonly<Record<(typeof HALVES)[number], Model>>;
}

export async function fetchPublished(folder: string): Promise<Published> {
  const fetched = async (name: string) => {
    const response = await fetch(`${folder}/${name}`);
    if (!response.ok) {
      throw new Error(`${folder}/${name}: the server answered ${response.status}`);
    }
    return new Uint8Array(await response.arrayBuffer());
  };
  const [card, encoder, decoder] = await Promise.all(
    ['model.json', 'encoder.onnx', 'decoder.onnx'].map(fetched),
  );
  return {
    card: parseCard(new TextDecoder().decode(card)),
    graphs: {
      encoder: readModel(encoder as Uint8Array),
      decoder: readModel(decoder as Uint8Array),
    },
  };
}

/**
 * The files of the model after training: the published graphs with other weights in them, whose constants have
 * the names of the variables, and a card that says what was done.
 */
export async function modelFolder(
  { card, graphs }: Published,
  { weights }: FamilyModel,
  {
    steps,
    items,
    seconds,
  }: { readonly steps: number; readonly items: number; readonly seconds: number },
): Promise<Record<string, Uint8Array>> {
  const values = new Map(
    await Promise.all(
      weights.map(async ({ name, variable }) => [name, await variable.data<'float32'>()] as const),
    ),
  );
  const files: Record<string, Uint8Array> = {};
  const described: Partial<Record<string, object>> = {};
  for (const half of HALVES) {
    const { graph, ...rest } = graphs[half];
    const initializers = new Map(graph.initializers);
    for (const [name, tensor] of initializers) {
      const trained = values.get(name);
      if (trained) {
        initializers.set(name, tensorFromArray(name, 'float32', trained, tensor.dims));
      }
    }
    const bytes = writeModel({ ...rest, graph: { ...graph, initializers } });
    const file = `${half}.onnx`;
    files[file] = bytes;
    described[half] = {
      ...card.graphs[half],
      files: { fp32: { file, bytes: bytes.length, sha256: await sha256(bytes) } },
    };
  }
  const { golden: _, training: __, ...kept } = card;
  const trained = validateCard({
    ...kept,
    name: `${card.name}-finetuned`,
    description: `${card.name}, trained on ${items} pictures of one's own in a page.`,
    graphs: { ...card.graphs, ...described },
    // What was measured was another model.
    metrics: [],
    provenance: {
      dataset: `${items} pictures, each moved about`,
      seed: 1,
      epochs: 0,
      objective: `ELBO, β = 1, Adam 0.001, ${steps} steps from ${card.name}`,
      engine: 'onnx, in a page',
      seconds,
      tools: card.provenance.tools,
    },
  });
  files['model.json'] = new TextEncoder().encode(`${JSON.stringify(trained, null, 2)}\n`);
  return files;
}

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
