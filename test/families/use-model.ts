import type { Autoencoder, LatentKind, samplePrior, Tensor } from '@latentkit/core';

/** What is used of the packages for Node and for the web alike. */
export interface Library {
  loadAutoencoder(
    source: string,
    options: { device: never; strict: boolean },
  ): Promise<Autoencoder>;
  readonly samplePrior: typeof samplePrior;
}

export interface UseOptions {
  /** Path or URL of the model's folder. */
  readonly source: string;
  readonly device: string;
  readonly strict: boolean;
  /** Three items, one after the other. */
  readonly items: readonly number[];
  /** Their labels, for a conditional model. */
  readonly labels: readonly number[] | undefined;
}

export interface Values {
  readonly dims: readonly number[];
  readonly values: readonly number[];
}

export interface Use {
  readonly device: string;
  /** What the device report says of it. */
  readonly reason: string | undefined;
  readonly kind: LatentKind;
  /** What each call gave. */
  readonly results: Readonly<Record<string, Values>>;
  /** Codes of the errors of the calls that were refused. */
  readonly refused: Readonly<Record<string, string>>;
}

/**
 * Does with a model all that the typed API offers. Closed in itself, so that its source can run in a
 * page too: everything that it needs is given to it.
 */
export async function useModel(library: Library, options: UseOptions): Promise<Use> {
  const { source, device, strict, labels } = options;
  const items = Float32Array.from(options.items);
  const model = await library.loadAutoencoder(source, { device: device as never, strict });
  const results: Record<string, Values> = {};
  const refused: Record<string, string> = {};
  const keep = (name: string, { dims, data }: Pick<Tensor, 'dims' | 'data'>) => {
    results[name] = { dims: [...dims], values: Array.from(data as Float32Array) };
  };
  const attempt = async (name: string, call: () => Promise<Pick<Tensor, 'dims' | 'data'>>) => {
    try {
      keep(name, await call());
    } catch (error) {
      refused[name] = (error as { code?: string }).code ?? String(error);
    }
  };
  const width = items.length / 3;
  const one = (index: number) => items.slice(index * width, (index + 1) * width);
  const all = { condition: labels };
  const first = { condition: labels?.[0] };

  const latent = await model.encoder.encode(items, { ...all, seed: 7 });
  for (const [name, value] of Object.entries(latent)) {
    if (typeof value === 'object' && 'data' in value) keep(`latent ${name}`, value as Tensor);
  }
  if (latent.kind === 'gaussian') keep('draw', latent.sample({ seed: 7 }));
  const embedding = await model.encoder.embed(items, all);
  keep('embedding', embedding);
  const again = await model.encoder.encode(items, { ...all, seed: 7 });
  if (again.kind === 'flow' || again.kind === 'ladder') keep('the same seed', again.z);
  const codes = latent.kind === 'codes' ? latent.indices : embedding;
  keep('decoded', (await model.decoder.decode(codes, all)).mean);
  keep('reconstruction', (await model.reconstruct(items, all)).mean);
  const path = await model.interpolate(one(0), one(1), { ...first, steps: 4 });
  keep('interpolation', path.mean);
  const score = await model.score(items, { ...all, seed: 7 });
  for (const [name, data] of Object.entries(score)) {
    keep(`score ${name}`, { dims: [data.length], data: Float32Array.from(data) });
  }
  await attempt('sample', async () => (await model.sample(2, { ...first, seed: 3 })).mean);
  await attempt('sample again', async () => (await model.sample(2, { ...first, seed: 3 })).mean);
  await attempt('another label', async () => {
    const condition = labels && ((labels[0] as number) + 1) % 10;
    return (await model.sample(2, { condition, seed: 3 })).mean;
  });
  await attempt('no label', async () => (await model.reconstruct(items)).mean);
  keep('prior', library.samplePrior(2, model.card.latent.size, { seed: 3 }));
  await model.dispose();
  await attempt('after dispose', () => model.encoder.embed(items, all));
  const { name, attempts } = model.device;
  const reason = attempts.find(({ ok }) => ok)?.reason;
  return { device: name, reason, kind: latent.kind, results, refused };
}
