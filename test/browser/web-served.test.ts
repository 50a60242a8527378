import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Served, serve } from '@latentkit/serve';
import { tinyItems, tinyMeans, tinyModel } from '../fixtures/tiny-model.ts';
import { CHROMIUM } from './browser-kinds.ts';
import { inEveryBrowser } from './every-browser.ts';
import { sharedPage } from './shared-page.ts';

const items = tinyItems(100);

inEveryBrowser([CHROMIUM], (withLibrary) => {
  describe('a model at a server, in a page of another origin', () => {
    const page = sharedPage(withLibrary);
    let open: Served;
    let shut: Served;
    let busy: Served;

    beforeAll(async () => {
      const models = { tiny: tinyModel().files };
      const options = {
        models,
        port: 0,
        lingerMs: 0,
        execution: 'inline',
        device: 'cpu',
      } as const;
      open = await serve({ ...options, cors: '*' });
      shut = await serve(options);
      // One request waits for others until the end, and no other may.
      busy = await serve({ ...options, cors: '*', maxQueue: 1, maxDelayMs: 60_000 });
      const [shape, datatype] = [[1, 2, 2, 1], 'FP32'];
      const input = { name: 'x', datatype, shape, data: [...items.slice(0, 4)] };
      void fetch(`${busy.url}/v2/models/tiny-encoder/infer`, {
        method: 'POST',
        body: JSON.stringify({ inputs: [input] }),
      });
    });
    afterAll(() => Promise.all([open, shut, busy].map((served) => served.close())));

    test('encodes and decodes there, and no runtime is loaded in the page', async () => {
      const found = await page().page.evaluate(
        async ({ address, items }): Promise<{ mean: number[]; dims: unknown[]; name: string }> => {
          const vae = await lk.loadAutoencoder(address, { latent: 'gaussian' });
          const { mean } = await vae.encoder.encode(Float32Array.from(items));
          const decoded = await vae.decoder.decode(mean);
          const sample = await vae.sample(2, { seed: 1 });
          const { name } = vae.device;
          await vae.dispose();
          return { mean: [...mean.data], dims: [decoded.mean.dims, sample.mean.dims], name };
        },
        { address: `oip+${open.url}/tiny`, items: [...items] },
      );
      expect(found.mean).toEqual([...tinyMeans(items)].map((mean) => expect.closeTo(mean, 5)));
      expect(found).toMatchObject({
        dims: [
          [100, 2, 2, 1],
          [2, 2, 2, 1],
        ],
        name: 'oip',
      });
      const { requests, complaints } = page();
      expect(requests.filter((path) => path.endsWith('.wasm'))).toEqual([]);
      expect(complaints).toEqual([]);
    });

    test.each([
      [
        'does not let pages in',
        (): string => `oip+${shut.url}/tiny`,
        {},
        /^network: .*latentkit serve --cors/,
      ],
      [
        'has no such model',
        (): string => `oip+${open.url}/other`,
        {},
        /^not-found: .*no model other-encoder/,
      ],
      ['is away', (): string => 'oip+http://localhost:1/tiny', {}, /^network: .*gave no answer/],
      [
        'decides where to run',
        (): string => `oip+${open.url}/tiny`,
        { device: 'wasm' },
        /^invalid-argument: device/,
      ],
    ] as const)('is a typed error where the server %s', async (_, address, options, message) => {
      const load = ({ address, options }: { address: string; options: object }): Promise<string> =>
        lk.loadEncoder(address, options).then(
          () => 'loaded',
          (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
        );
      const said = await page().page.evaluate(load, { address: address(), options });
      expect(said).toMatch(message);
    });

    test('is waited for where it is busy, until an abort', async () => {
      const said = await page().page.evaluate(
        async ({ address }) => {
          const encoder = await lk.loadEncoder(address);
          const start = performance.now();
          const signal = AbortSignal.timeout(1500);
          const code = await encoder.embed(new Float32Array(4), { signal }).then(
            () => 'embedded',
            (error: { code: string }) => error.code,
          );
          await encoder.dispose();
          return [code, performance.now() - start > 1000];
        },
        { address: `oip+${busy.url}/tiny` },
      );
      expect(said).toEqual(['timeout', true]);
    });
  });
});
