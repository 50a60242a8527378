import { describe, expect, test } from '@jest/globals';
import { fakeCard, fakeDecoder, fakePlatform, fakeSource } from '../testing.ts';
import { loadAutoencoder, loadDecoder, loadEncoder } from './load.ts';

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

  test.each([
    ['altered', Uint8Array.of(10, 1, 4), /expected sha256 .*received sha256/],
    ['truncated', Uint8Array.of(10, 1), /expected 3 bytes, received 2 bytes/],
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
    await expect(loading).rejects.toThrow(message);
    expect(opened).toBe(false);
  });

  test('refuses a card of another format, naming both versions', async () => {
    const card = JSON.stringify({ ...fakeCard(), format: 2 });
    await expect(
      loadAutoencoder(fakePlatform(), fakeSource({ 'model.json': card })),
    ).rejects.toMatchObject({
      code: 'unsupported-format',
      message: expect.stringMatching(/format 2;.*reads format 1/),
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
