import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { type AbortSignalLike, ArgumentError, LatentkitError } from '../errors/index.ts';
import { fakeAutoencoder } from '../testing/fake-autoencoder.ts';
import { GRAPH_BYTES, GRAPH_SHA256, fakeCard as madeUpCard } from '../testing/fake-card.ts';
import {
  DECODER_BYTES,
  ENCODER_BYTES,
  fakeCard,
  fakeDecoder,
  fakeEncoder,
  fakePlatform,
  fakeSource,
} from '../testing.ts';
import { loadAutoencoder, loadCard, loadDecoder, loadEncoder, openGraphs } from './load.ts';
import { memorySource } from './memory-source.ts';
import type { LoadProgress, ModelSource, Platform } from './platform.ts';

const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('loadAutoencoder', () => {
  test('reads the card first, then both graphs', async () => {
    const source = fakeSource();
    const vae = await loadAutoencoder(fakePlatform(), source, { latent: 'gaussian' });
    expect(source.reads).toEqual(['model.json', 'encoder.onnx', 'decoder.onnx']);
    expect(vae.device).toEqual({
      name: 'fake',
      attempts: [{ device: 'fake', ok: true, reason: 'opened' }],
    });
  });

  const { sha256 } = fakeCard().graphs.encoder.files.fp32;
  const altered = Uint8Array.of(10, 1, 4);
  test.each([
    ['altered', altered, `expected sha256 ${sha256}, received sha256 ${sha256Of(altered)}.`],
    ['truncated', Uint8Array.of(10, 1), 'expected 3 bytes, received 2 bytes.'],
  ])('refuses an %s graph before any session is created', async (_, bytes, message) => {
    const platform = fakePlatform();
    const open = platform.open;
    let opened = false;
    const watched = {
      ...platform,
      open: (...args: Parameters<typeof open>) => {
        opened = true;
        return open(...args);
      },
    };
    const loading = loadAutoencoder(watched, fakeSource({ 'encoder.onnx': bytes }));
    await expect(loading).rejects.toMatchObject({ code: 'integrity', file: 'encoder.onnx' });
    await expect(loading).rejects.toThrow(
      `encoder.onnx is not the file that the model card describes: ${message}`,
    );
    expect(opened).toBe(false);
  });

  test('refuses a card of another format, naming both versions', async () => {
    const card = JSON.stringify({ ...fakeCard(), format: 3 });
    await expect(
      loadAutoencoder(fakePlatform(), fakeSource({ 'model.json': card })),
    ).rejects.toMatchObject({
      code: 'unsupported-format',
      message: expect.stringMatching(
        /^memory: model\.json has card format 3; this version of latentkit reads formats 1 and 2\./,
      ),
    });
  });

  test('refuses a signal that is none and a queue of no size, and frees the sessions', async () => {
    const disposed: string[] = [];
    const platform = fakePlatform({ encoder: { dispose: async () => void disposed.push('one') } });
    for (const options of [{ signal: 5 as never }, { signal: {} as never }, { maxQueue: -1 }]) {
      await expect(loadEncoder(platform, fakeSource(), options)).rejects.toMatchObject({
        code: 'invalid-argument',
        argument: Object.keys(options)[0],
      });
    }
    expect(disposed).toEqual(['one']);
  });

  test('refuses a precision that the card does not offer', async () => {
    await expect(loadAutoencoder(fakePlatform(), fakeSource(), { dtype: 'int8' })).rejects.toThrow(
      /dtype: expected one that the card offers for the encoder \('fp32'\), received 'int8'/,
    );
  });

  test('refuses a graph without the outputs that its card names, and frees the sessions', async () => {
    let disposed = 0;
    const dispose = async () => {
      disposed += 1;
    };
    const platform = fakePlatform({
      encoder: { outputs: [{ name: 'mu', dtype: 'float32', shape: ['batch', 2] }], dispose },
      decoder: { dispose },
    });
    await expect(loadAutoencoder(platform, fakeSource())).rejects.toThrow(
      /encoder graph is not the one that its card describes[\s\S]*outputs.mean: missing in the graph, which has mu[\s\S]*log_var: missing/,
    );
    expect(disposed).toBe(2);
  });

  test('an aborted signal stops the loading, also once the sessions are open', async () => {
    await expect(
      loadAutoencoder(fakePlatform(), fakeSource(), {
        signal: AbortSignal.abort(new Error('gone')),
      }),
    ).rejects.toMatchObject({ name: 'AbortError', code: 'aborted', cause: new Error('gone') });

    const controller = new AbortController();
    let disposed = 0;
    const dispose = async () => {
      disposed += 1;
    };
    const platform = fakePlatform({ encoder: { dispose }, decoder: { dispose } });
    const aborting = {
      ...platform,
      open: async (...args: Parameters<typeof platform.open>) => {
        const opened = await platform.open(...args);
        controller.abort();
        return opened;
      },
    };
    await expect(
      loadAutoencoder(aborting, fakeSource(), { signal: controller.signal }),
    ).rejects.toMatchObject({ code: 'aborted' });
    expect(disposed).toBe(2);
  });

  test('refuses another latent than the program is written for', async () => {
    const load = (latent: string, source = fakeSource()) =>
      loadAutoencoder(fakePlatform(), source, { latent: latent as 'point' });
    await expect(load('point')).rejects.toThrow(
      new ArgumentError('latent', "'gaussian', the kind of fake (memory)", 'point'),
    );
    const unread = fakeSource();
    await expect(load('gauss', unread)).rejects.toThrow(
      expect.objectContaining({
        code: 'invalid-argument',
        message: expect.stringMatching(/^latent: expected 'gaussian' or .*, received 'gauss'\.$/),
      }),
    );
    expect(unread.reads).toEqual([]);
  });

  test.each([
    ['loadAutoencoder', () => loadAutoencoder(fakePlatform(), fakeSource(), null as never)],
    ['loadEncoder', () => loadEncoder(fakePlatform(), fakeSource(), null as never)],
    ['loadDecoder', () => loadDecoder(fakePlatform(), fakeSource(), null as never)],
    ['openGraphs', () => openGraphs(fakePlatform(), fakeSource(), null as never)],
    ['loadCard', () => loadCard(fakeSource(), null as never)],
  ])('%s takes options that are an object', async (_, load) => {
    await expect(load()).rejects.toThrow(
      new ArgumentError('options', 'an object of options', null),
    );
  });
});

describe('a signal', () => {
  const options = (controller: AbortController) => ({ signal: controller.signal });

  test('that has fired reads nothing', async () => {
    const source = fakeSource();
    const signal = AbortSignal.abort();
    await expect(loadEncoder(fakePlatform(), source, { signal })).rejects.toThrow(
      'Loading was aborted.',
    );
    await expect(loadCard(source, { signal })).rejects.toThrow('Loading a card was aborted.');
    expect(source.reads).toEqual([]);
  });

  test('that fires while a graph is read opens none', async () => {
    const controller = new AbortController();
    const source = fakeSource();
    const read: ModelSource['read'] = async (name, given) => {
      if (name === 'decoder.onnx') controller.abort();
      return source.read(name, given);
    };
    let opened = false;
    const platform = fakePlatform();
    const open: Platform['open'] = (...args) => {
      opened = true;
      return platform.open(...args);
    };
    await expect(
      loadAutoencoder({ ...platform, open }, { ...source, read }, options(controller)),
    ).rejects.toThrow('Loading was aborted.');
    expect(opened).toBe(false);
  });

  test('reaches the source, with its reason, and is not held on to', async () => {
    const controller = new AbortController();
    const source = fakeSource();
    const signals: (AbortSignalLike | undefined)[] = [];
    const reading: ModelSource['read'] = (name, { signal }) => {
      signals.push(signal);
      if (name === 'model.json') return source.read(name, {});
      return new Promise((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason));
      });
    };
    const loading = loadEncoder(fakePlatform(), { ...source, read: reading }, options(controller));
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort('enough');
    await expect(loading).rejects.toBe('enough');
    expect(signals[0]).toBe(controller.signal);
    expect(signals).toHaveLength(2);

    const later = new AbortController();
    const after: (AbortSignalLike | undefined)[] = [];
    const read: ModelSource['read'] = (name, given) => {
      after.push(given.signal);
      return source.read(name, given);
    };
    await loadEncoder(fakePlatform(), { ...source, read }, options(later));
    later.abort();
    expect(after.map((signal) => signal?.aborted)).toEqual([true, false]);
  });
});

test('where one graph cannot be read, the others are stopped before that is told', async () => {
  const source = fakeSource();
  const events: string[] = [];
  const read: ModelSource['read'] = (name, given) => {
    if (name === 'encoder.onnx') return Promise.reject(new LatentkitError('network', 'gone'));
    if (name !== 'decoder.onnx') return source.read(name, given);
    return new Promise((_, reject) => {
      given.signal?.addEventListener('abort', () =>
        setImmediate(() => {
          events.push('stopped');
          reject(new Error('stopped'));
        }),
      );
    });
  };
  await expect(loadAutoencoder(fakePlatform(), { ...source, read })).rejects.toThrow('gone');
  expect(events).toEqual(['stopped']);
});

test('a graph that says more than its bytes hold is refused by its name', async () => {
  // A tensor of the graph that says it lies outside.
  const encoder = Uint8Array.of(58, 4, 42, 2, 112, 1);
  const card = fakeCard();
  const { files } = card.graphs.encoder;
  Object.assign(files.fp32, { bytes: encoder.length, sha256: sha256Of(encoder) });
  const source = fakeSource({ 'model.json': JSON.stringify(card), 'encoder.onnx': encoder });
  await expect(loadEncoder(fakePlatform(), source)).rejects.toMatchObject({
    code: 'integrity',
    message: expect.stringMatching(/^encoder\.onnx keeps weights in another file/),
  });
});

test('progress is told of every graph, and of no card', async () => {
  const told: LoadProgress[] = [];
  const files = { 'encoder.onnx': ENCODER_BYTES, 'decoder.onnx': DECODER_BYTES };
  const source = memorySource({
    ...files,
    'model.json': new TextEncoder().encode(JSON.stringify(fakeCard())),
  });
  await loadAutoencoder(fakePlatform(), source, { onProgress: (progress) => told.push(progress) });
  expect(told).toEqual(
    Object.entries(files).map(([file, { length }]) => ({ file, loaded: length, total: length })),
  );
});

describe('a latent of codes', () => {
  const latent = { kind: 'codes', size: 8, grid: [2, 2], codes: 4, dim: 2 } as const;
  const card = madeUpCard({ latent });
  const { prior: _, ...withoutPrior } = card.graphs;

  /** What is read of a model of codes, and asked to be opened, by one way to load. */
  async function namesOf(load: typeof loadDecoder | typeof loadEncoder, graphs = card.graphs) {
    const reads: string[] = [];
    const opened: string[] = [];
    const platform: Platform = {
      sha256: async () => GRAPH_SHA256,
      open: async (bytes) => {
        opened.push(...Object.keys(bytes));
        const runners = Object.keys(bytes).map((name) => {
          const { inputs, outputs } = card.graphs[name as 'encoder'];
          return [name, { ...fakeEncoder(), inputs, outputs }];
        });
        return { runners: Object.fromEntries(runners), attempts: [] };
      },
    };
    const text = new TextEncoder().encode(JSON.stringify({ ...card, graphs }));
    await load(platform, {
      description: 'codes',
      read: async (name) => {
        reads.push(name);
        return name === 'model.json' ? text : GRAPH_BYTES;
      },
    });
    expect(reads).toEqual(['model.json', ...opened.map((name) => `${name}.onnx`)]);
    return opened;
  }

  test('has a codebook, which decoding needs, and may have a prior', async () => {
    expect(await namesOf(loadAutoencoder as never)).toEqual([
      'encoder',
      'decoder',
      'codebook',
      'prior',
    ]);
    expect(await namesOf(loadAutoencoder as never, withoutPrior)).toEqual([
      'encoder',
      'decoder',
      'codebook',
    ]);
    expect(await namesOf(loadEncoder)).toEqual(['encoder']);
    expect(await namesOf(loadDecoder)).toEqual(['decoder', 'codebook']);
    expect(await namesOf(openGraphs as never)).toEqual(['encoder', 'decoder', 'codebook', 'prior']);
  });

  test('is drawn from its prior', async () => {
    const vae = await fakeAutoencoder({ latent });
    const { mean } = await vae.sample(2, { seed: 1 });
    expect(mean.dims).toEqual([2, 2, 2, 1]);
  });
});

describe('openGraphs', () => {
  test('gives the runners of all graphs, and frees them', async () => {
    const disposed: string[] = [];
    const disposing = (name: string) => ({ dispose: async () => void disposed.push(name) });
    const platform = fakePlatform({
      encoder: disposing('encoder'),
      decoder: disposing('decoder'),
    });
    const model = await openGraphs(platform, fakeSource());
    expect(Object.keys(model.runners)).toEqual(['encoder', 'decoder']);
    expect(model.card).toEqual(fakeCard());
    expect(model.attempts).toEqual([{ device: 'fake', ok: true, reason: 'opened' }]);
    await model.dispose();
    expect(disposed.sort()).toEqual(['decoder', 'encoder']);
  });

  test('opens an encoder alone as well', async () => {
    const { likelihood: _, ...card } = fakeCard();
    const alone = { ...card, family: 'encoder', graphs: { encoder: card.graphs.encoder } };
    const source = fakeSource({ 'model.json': JSON.stringify(alone) });
    expect(Object.keys((await openGraphs(fakePlatform(), source)).runners)).toEqual(['encoder']);
  });
});

test('graphs that run where the model is are not read, nor opened here', async () => {
  const source = fakeSource();
  const asked: unknown[] = [];
  const platform = fakePlatform();
  const refusing: Platform = { ...platform, open: () => Promise.reject(new Error('opened here')) };
  const open: ModelSource['open'] = async (card, graphs, { signal }) => {
    asked.push(card.name, graphs, signal);
    return { runners: { encoder: fakeEncoder() }, attempts: [] };
  };
  const { signal } = new AbortController();
  const encoder = await loadEncoder(refusing, { ...source, open }, { signal });
  expect([...(await encoder.embed(Float32Array.of(0, 1, 1, 1))).data]).toEqual([1, 2]);
  expect(source.reads).toEqual(['model.json']);
  expect(asked).toEqual(['fake', ['encoder'], signal]);
});

test('a precision that the card offers is what is read', async () => {
  const { encoder } = fakeCard().graphs;
  const fp16 = { ...encoder.files.fp32, file: 'encoder-fp16.onnx' };
  const graphs = {
    ...fakeCard().graphs,
    encoder: { ...encoder, files: { ...encoder.files, fp16 } },
  };
  const source = fakeSource({
    'model.json': JSON.stringify({ ...fakeCard(), graphs }),
    'encoder-fp16.onnx': ENCODER_BYTES,
  });
  await loadEncoder(fakePlatform(), source, { dtype: 'fp16' });
  expect(source.reads).toEqual(['model.json', 'encoder-fp16.onnx']);
  await expect(loadEncoder(fakePlatform(), source, { dtype: 'int8' })).rejects.toThrow(
    new ArgumentError('dtype', "one that the card offers for the encoder ('fp32', 'fp16')", 'int8'),
  );
});

describe('one half alone', () => {
  test('loadEncoder reads no decoder, loadDecoder no encoder', async () => {
    const forEncoder = fakeSource();
    await loadEncoder(fakePlatform(), forEncoder);
    expect(forEncoder.reads).toEqual(['model.json', 'encoder.onnx']);
    const forDecoder = fakeSource();
    const decoder = await loadDecoder(fakePlatform(), forDecoder);
    expect(forDecoder.reads).toEqual(['model.json', 'decoder.onnx']);
    expect((await decoder.decode(Float32Array.of(0, 0))).mean.data).toEqual(
      Float32Array.of(0.5, 0.5, 0.5, 0.5),
    );
    expect(fakeDecoder().device).toBe(decoder.device);
  });
});
