import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { ModelCard } from '@latentkit/core';
import { readImages } from '@latentkit/node';
import { build } from 'esbuild';
import sharp, { type Sharp } from 'sharp';
import { tinyModel } from '../fixtures/tiny-model.ts';
import { FIREFOX } from './browser-kinds.ts';
import { inEveryBrowser } from './every-browser.ts';
import { startServer } from './static-server.ts';

/** A card of pictures of this shape, with values in [−1, 1]. */
function card(layout: 'HWC' | 'CHW', shape: number[], preprocessing: object = {}): ModelCard {
  return {
    ...tinyModel().card,
    item: { shape, layout, range: [-1, 1] },
    preprocessing: { scale: 2 / 255, offset: -1, ...preprocessing },
  };
}

const CARDS = {
  grey: card('HWC', [8, 8, 1], { grey: [0.2, 0.7, 0.1] }),
  colour: card('CHW', [3, 9, 7], { fit: 'contain', background: [255, 128, 0] }),
  stretched: card('HWC', [30, 41, 3], { fit: 'fill', background: [40, 90, 200] }),
  alpha: card('HWC', [6, 6, 4]),
  whole: card('HWC', [23, 37, 4]),
};

const [WIDTH, HEIGHT] = [37, 23];
const noise = (channels: 3 | 4) => {
  let state = 1;
  const data = Uint8Array.from({ length: WIDTH * HEIGHT * channels }, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    // Some pixels wholly clear, others wholly opaque, most of them neither.
    if (channels === 4 && i % 4 === 3) return Math.min(255, Math.max(0, (state >>> 23) - 128));
    return state >>> 24;
  });
  return sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels } });
};
/** Slowly changing colours, which a lossy coder keeps. */
const smooth = () => {
  const at = (i: number) => [Math.floor(i / 3) % WIDTH, Math.floor(i / 3 / WIDTH)] as const;
  const data = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => {
    const [x, y] = at(i);
    return 128 + 90 * Math.sin(x / 9 + (i % 3)) * Math.cos(y / 7 + (i % 3));
  });
  return sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
};

const ways = [
  'URL',
  'string',
  'Blob',
  'File',
  'bytes',
  'ImageBitmap',
  'img',
  'ImageData',
  'canvas',
  'OffscreenCanvas',
  'VideoFrame',
  'video',
] as const;
type Way = (typeof ways)[number];

/** What the page makes of a picture that it was given in several ways; runs there. */
async function itemsOfPage({
  cards,
  ways,
  rgba,
  size,
}: {
  cards: Record<string, ModelCard>;
  ways: readonly Way[];
  rgba: number[];
  size: [number, number];
}): Promise<Record<string, Record<string, number[]>>> {
  const [width, height] = size;
  const url = new URL('/picture', location.href);
  const blob = await (await fetch(url)).blob();
  const pixels = new ImageData(Uint8ClampedArray.from(rgba), width, height);
  const painted = <C extends HTMLCanvasElement | OffscreenCanvas>(canvas: C): C => {
    const context = canvas.getContext('2d', { willReadFrequently: true });
    (context as CanvasRenderingContext2D).putImageData(pixels, 0, 0);
    return canvas;
  };
  const element = () => painted(Object.assign(document.createElement('canvas'), { width, height }));
  const make: Record<Way, () => unknown> = {
    URL: () => url,
    string: () => 'picture',
    Blob: () => blob,
    File: () => new File([blob], 'a.png'),
    bytes: async () => new Uint8Array(await blob.arrayBuffer()),
    ImageBitmap: () => createImageBitmap(blob, { premultiplyAlpha: 'none' }),
    // Not awaited, and shown at another size.
    img: () => Object.assign(new Image(5, 5), { src: url.href }),
    ImageData: () => pixels,
    canvas: element,
    OffscreenCanvas: () => painted(new OffscreenCanvas(width, height)),
    VideoFrame: () => new VideoFrame(element(), { timestamp: 0 }),
    async video() {
      const canvas = element();
      const video = document.createElement('video');
      video.srcObject = canvas.captureStream();
      // A stream of a canvas has a frame when something is drawn.
      const drawing = setInterval(() => painted(canvas), 20);
      video.muted = true;
      await video.play();
      clearInterval(drawing);
      return video;
    },
  };
  const found: Record<string, Record<string, number[]>> = {};
  for (const way of ways) {
    const picture = (await make[way]()) as never;
    const items: Record<string, number[]> = {};
    for (const [name, card] of Object.entries(cards)) {
      items[name] = [...(await lk.readImages([picture], card)).data];
    }
    found[way] = items;
  }
  return found;
}

inEveryBrowser('all', (withLibrary, kind) => {
  /** How far items are from those of Node, in steps of 1/255 of a pixel: the largest, and the mean. */
  async function compare(
    picture: Buffer,
    cards: Record<string, ModelCard>,
    asked: readonly Way[],
  ): Promise<Record<string, Record<string, { worst: number; mean: number }>>> {
    const { data: rgba, info } = await sharp(picture)
      .rotate()
      .toColourspace('srgb')
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const found = await withLibrary(
      ({ page }) =>
        page.evaluate(itemsOfPage, {
          cards,
          ways: asked,
          rgba: [...rgba],
          size: [info.width, info.height] as [number, number],
        }),
      { mounts: { '/picture': (_, response) => void response.end(picture) } },
    );
    const compared: Record<string, Record<string, { worst: number; mean: number }>> = {};
    for (const way of asked) {
      compared[way] = {};
      for (const [name, card] of Object.entries(cards)) {
        const wanted = (await readImages([picture], card)).data;
        const items = found[way]![name]!;
        expect(items).toHaveLength(wanted.length);
        const steps = items.map((value, i) => (Math.abs(value - wanted[i]!) * 255) / 2);
        compared[way][name] = {
          worst: Math.max(...steps),
          mean: steps.reduce((sum, step) => sum + step, 0) / steps.length,
        };
      }
    }
    return compared;
  }

  /** One step, and the rounding of a float32. */
  const STEP = 1.001;
  const STILL = ways.filter((way) => way !== 'VideoFrame' && way !== 'video');
  /** Canvases hold colours multiplied by alpha, in 8 bits: what was drawn on them has lost some before it is read. */
  const CANVASES = STILL.filter((way) => /canvas/i.test(way));
  /** As are bitmaps in Firefox, which are read from one without half floats. */
  const MULTIPLIED = kind === FIREFOX ? [...CANVASES, 'ImageBitmap' as const] : CANVASES;
  const STRAIGHT = STILL.filter((way) => !MULTIPLIED.includes(way));

  function expectWithin(
    compared: Awaited<ReturnType<typeof compare>>,
    measure: 'worst' | 'mean',
    limit: number,
  ): void {
    const beyond = Object.entries(compared).flatMap(([way, items]) =>
      Object.entries(items)
        .filter(([, found]) => !(found[measure] <= limit))
        .map(([name, found]) => `${way}, ${name}: ${found[measure]}`),
    );
    expect(beyond).toEqual([]);
  }

  describe('a picture gives on a page the item that it gives in Node', () => {
    test('to 1/255, in whatever way the page has it', async () => {
      const { whole, ...cards } = CARDS;
      expectWithin(await compare(await noise(3).png().toBuffer(), cards, STILL), 'worst', STEP);
    });

    test('to 1/255 with transparent pixels; to 2/255 from canvases, over a background', async () => {
      const { grey, colour, stretched } = CARDS;
      const picture = await noise(4).png().toBuffer();
      expectWithin(await compare(picture, CARDS, STRAIGHT), 'worst', STEP);
      const flat = { grey, colour, stretched };
      expectWithin(await compare(picture, flat, MULTIPLIED), 'worst', 2 * STEP);
    });

    test('frames and videos, to 3/255 in the mean', async () => {
      const { grey, colour } = CARDS;
      const picture = await smooth().png().toBuffer();
      expectWithin(await compare(picture, { grey, colour }, ['VideoFrame', 'video']), 'mean', 3);
    });

    test.each<[string, () => Sharp, number]>([
      ['another profile', () => smooth().withIccProfile('p3').png(), 1],
      ['grey', () => noise(3).greyscale().png(), 1],
      ['grey of 16 bits', () => noise(3).toColourspace('grey16').png(), 1],
      ['colour of 16 bits', () => noise(3).toColourspace('rgb16').png(), 1],
      ['a palette', () => noise(4).png({ palette: true, colours: 16 }), 1],
      ['a WebP without loss', () => noise(4).webp({ lossless: true }), 1],
      // Decoders differ in how they enlarge the colours of a JPEG.
      ['a JPEG that lies on its side', () => smooth().withMetadata({ orientation: 6 }).jpeg(), 3],
      ['a mirrored JPEG', () => smooth().withMetadata({ orientation: 5 }).jpeg(), 3],
    ])('%s', async (_, make, limit) => {
      const { grey, colour } = CARDS;
      const compared = await compare(await make().toBuffer(), { grey, colour }, ['Blob', 'img']);
      expectWithin(compared, 'worst', limit + 0.001);
    });
  });

  test('frames give the colours that canvases without half floats lose, unless they hold others', async () => {
    const picture = await noise(4).png().toBuffer();
    const found = await withLibrary(
      ({ page }) =>
        page.evaluate(async (card) => {
          const read = async () => [...(await lk.readImages(['picture'], card)).data];
          const asItIs = await read();
          VideoFrame.prototype.copyTo = async (data) => {
            (data as Uint8ClampedArray).fill(128);
            return [];
          };
          const other = await read();
          Object.defineProperty(globalThis, 'VideoFrame', { value: undefined });
          return { asItIs, other, without: await read() };
        }, CARDS.whole),
      { mounts: { '/picture': (_, response) => void response.end(picture) } },
    );
    expect(found.other).toEqual(found.without);
    const worst = Math.max(
      ...found.asItIs.map((value, i) => (Math.abs(value - found.without[i]!) * 255) / 2),
    );
    if (kind === FIREFOX) expect(worst).toBeGreaterThan(2);
    else expect(worst).toBe(0);
  });

  // Firefox decodes nothing of these sizes.
  if (kind !== FIREFOX) {
    test('pictures beyond the limits of canvases are read whole, and none as black', async () => {
      const striped = (width: number, height: number) =>
        sharp(
          Uint8Array.from({ length: width * height }, (_, i) =>
            Math.max(i % width, Math.floor(i / width)) < 50_000 ? 255 : 40,
          ),
          { raw: { width, height, channels: 1 } },
        )
          .png()
          .toBuffer();
      const pictures = [await striped(70_000, 2), await striped(2, 70_000)];
      const model = card('HWC', [8, 8, 1], { fit: 'fill' });
      const found = await withLibrary(
        ({ page }) =>
          page.evaluate(async (model) => {
            const list = ['wide', 'high'];
            const { data } = await lk.readImages(list, model);
            const bitmap = await createImageBitmap(await (await fetch('wide')).blob());
            const tell = ({ code, message }: { code: string; message: string }) =>
              `${code}: ${message}`;
            return {
              items: [...data],
              live: await lk.readImages([bitmap], model).catch(tell),
              drawn: [70_000, 2].map((count) => {
                const canvas = document.createElement('canvas');
                try {
                  lk.drawTo(canvas, new Float32Array(64 * count).fill(1), model);
                  return [...canvas.getContext('2d')!.getImageData(0, 0, 1, 1).data];
                } catch (error) {
                  return tell(error as never);
                }
              }),
            };
          }, model),
        {
          mounts: {
            '/wide': (_, response) => void response.end(pictures[0]),
            '/high': (_, response) => void response.end(pictures[1]),
          },
        },
      );
      const wanted = (await readImages(pictures, model)).data;
      expect(new Set(wanted).size).toBeGreaterThan(2);
      const steps = found.items.map((value, i) => (Math.abs(value - wanted[i]!) * 255) / 2);
      expect(Math.max(...steps)).toBeLessThan(STEP);
      expect(found.live).toMatch(/^invalid-data: .*ImageBitmap.*too large for a canvas/);
      expect(found.drawn).toEqual([
        'too-large: This browser makes no picture of 560000 × 8 pixels. Give fewer items, or other columns.',
        [255, 255, 255, 255],
      ]);
    });

    test('a picture of more than 268 million pixels is refused, as in Node', async () => {
      const found = await withLibrary(({ page }) =>
        page.evaluate(async (card) => {
          const { createImageBitmap } = globalThis;
          // As of a picture of 1.6 GB.
          globalThis.createImageBitmap = (async () => ({
            ...{ width: 20_000, height: 20_000 },
            close() {},
          })) as never;
          try {
            const file = new File([''], 'huge.png', { type: 'image/png' });
            return await lk.readImages([file], card).catch(({ code, message }) => [code, message]);
          } finally {
            globalThis.createImageBitmap = createImageBitmap;
          }
        }, CARDS.grey),
      );
      expect(found).toEqual([
        'invalid-data',
        expect.stringMatching(/^huge\.png \(image\/png.*more than 268 million pixels/),
      ]);
    });
  }

  test('a canvas is read when the call is made, whatever the call waits for', async () => {
    const found = await withLibrary(
      ({ page }) =>
        page.evaluate(async (card) => {
          const canvas = new OffscreenCanvas(8, 8);
          const context = canvas.getContext('2d')!;
          const fill = (colour: string) => {
            context.fillStyle = colour;
            context.fillRect(0, 0, 8, 8);
          };
          fill('white');
          const reading = lk.readImages(['picture', canvas], card);
          fill('black');
          const { data, dims } = await reading;
          return { dims, first: data[0], last: data.at(-1) };
        }, CARDS.grey),
      {
        mounts: {
          '/picture': async (_, response) => void response.end(await noise(3).png().toBuffer()),
        },
      },
    );
    expect(found).toMatchObject({ dims: [2, 8, 8, 1], last: 1 });
    expect(found.first).not.toBe(1);
  });

  const model = tinyModel({ side: 8 });

  describe('encoders take pictures', () => {
    test.each(['inline', 'worker'] as const)('%s, one or several', async (execution) => {
      const found = await withLibrary(
        ({ page }) =>
          page.evaluate(async (execution) => {
            const vae = await lk.loadAutoencoder('models/eight', { execution, latent: 'gaussian' });
            const canvas = document.createElement('canvas');
            const context = canvas.getContext('2d')!;
            [canvas.width, canvas.height] = [50, 40];
            context.fillStyle = '#8cf';
            context.fillRect(10, 5, 20, 30);
            const items = await lk.readImages([canvas], vae.card);
            const list = ({ data }: { data: ArrayLike<number> }) => Array.from(data);
            const raw = context.getImageData(0, 0, 50, 40);
            const streamed = async (pictures: (HTMLCanvasElement | ImageData)[]) => {
              const batches: number[][] = [];
              const items = lk.streamImages(pictures, vae.card, { chunkSize: 1 });
              for await (const rows of vae.encoder.stream(items, { batchSize: 2 })) {
                batches.push(list(rows));
              }
              return batches;
            };
            return {
              wanted: list(await vae.encoder.embed(items)),
              one: list(await vae.encoder.embed(canvas)),
              pixels: list(await vae.encoder.embed(raw)),
              several: list(await vae.encoder.embed([canvas, raw])),
              streamed: await streamed([canvas, raw, canvas]),
              encoded: list((await vae.encoder.encode(canvas)).mean),
              path: (await vae.interpolate(canvas, raw, { steps: 3 })).mean.dims,
              again: [
                list((await vae.reconstruct(items)).mean),
                list((await vae.reconstruct(canvas)).mean),
              ],
              score: [
                [...(await vae.score(items, { seed: 1 })).elbo],
                [...(await vae.score(canvas, { seed: 1 })).elbo],
              ],
              // Four bytes a pixel would be taken for four items.
              refused: await vae.encoder.embed(raw.data).catch(({ code }) => code),
              undecodable: await vae.encoder
                .embed(new File(['no picture'], 'notes.png'))
                .catch(({ message }) => message),
            };
          }, execution),
        { mounts: { '/models/eight/': model.files } },
      );
      const { wanted } = found;
      expect(wanted.some((value) => value !== 0)).toBe(true);
      expect(found).toMatchObject({
        one: wanted,
        pixels: wanted,
        encoded: wanted,
        path: [3, 8, 8, 1],
      });
      expect(found.several).toEqual([...wanted, ...wanted]);
      expect(found.streamed).toEqual([[...wanted, ...wanted], wanted]);
      expect(found.again[1]).toEqual(found.again[0]);
      expect(found.score[1]).toEqual(found.score[0]);
      expect(found.refused).toBe('invalid-input');
      expect(found.undecodable).toMatch(/^notes\.png .*cannot be read as an image/);
    });

    test('in a worker of the page’s own, where there are no elements', async () => {
      const { outputFiles } = await build({
        stdin: {
          contents: `import { loadEncoder } from '@latentkit/web/wasm';
onmessage = async ({ data }) => {
  const encoder = await loadEncoder('/models/eight', { wasmPaths: data.wasm });
  const { data: z } = await encoder.embed([data.blob, data.bitmap, '/picture']);
  postMessage([...z]);
};`,
          resolveDir: __dirname,
        },
        bundle: true,
        format: 'esm',
        write: false,
      });
      const picture = await noise(3).png().toBuffer();
      const z = await withLibrary(
        ({ page }) =>
          page.evaluate(async () => {
            const blob = await (await fetch('picture')).blob();
            const bitmap = await createImageBitmap(blob);
            const worker = new Worker('/worker.js', { type: 'module' });
            return new Promise<number[]>((resolve, reject) => {
              worker.onmessage = ({ data }) => resolve(data);
              worker.onerror = ({ message }) => reject(new Error(message));
              worker.postMessage({ blob, bitmap, wasm: '/wasm/' }, [bitmap]);
            });
          }),
        {
          mounts: {
            '/models/eight/': model.files,
            '/picture': (_, response) => void response.end(picture),
            '/worker.js': (_, response) =>
              void response
                .setHeader('Content-Type', 'text/javascript')
                .end(outputFiles[0]!.contents),
            '/wasm/': join(__dirname, '../../packages/web/dist'),
          },
        },
      );
      expect(z).toHaveLength(6);
      expect(z.slice(2)).toEqual([...z.slice(0, 2), ...z.slice(0, 2)]);
    });
  });

  test('the type of a file is taken in any case', async () => {
    const type = await withLibrary(({ page }) =>
      page.evaluate(async (card) => {
        const items = await lk.readImages([new ImageData(10, 10)], card);
        return (await lk.toBlob(items, card, { type: 'image/PNG' })).type;
      }, CARDS.grey),
    );
    expect(type).toBe('image/png');
  });

  test('what is no picture, or shows none, is a typed error that says what to do', async () => {
    const other = await startServer({
      mounts: {
        '/': async (_, response) => void response.end(await noise(3).png().toBuffer()),
      },
      isolated: false,
    });
    try {
      const found = await withLibrary(
        ({ page }) =>
          page.evaluate(
            async ({ card, flat, stranger }) => {
              const tell = (image: unknown, options = {}, model = card) =>
                lk.readImages([image as never], model, options).then(
                  () => 'read',
                  ({ code, message }) => `${code}: ${message}`,
                );
              const closed = await createImageBitmap(new ImageData(2, 2));
              closed.close();
              const image = Object.assign(new Image(), { src: stranger });
              await image.decode();
              const tainted = document.createElement('canvas');
              tainted.getContext('2d')!.drawImage(image, 0, 0);
              return {
                blob: await tell(new Blob(['no picture'])),
                bytes: await tell(new Uint8Array(10)),
                file: await tell(new File(['no picture'], 'notes.png', { type: 'image/png' })),
                missing: await tell('none.png'),
                closed: await tell(closed),
                empty: await tell(document.createElement('video')),
                nothing: await tell(new Image()),
                tainted: await tell(tainted),
                foreign: await tell(image),
                thing: await tell({ width: 2, height: 2 }),
                number: await tell(5),
                address: await tell('http://['),
                single: await lk.readImages(tainted as never, card).catch(({ code }) => code),
                aborted: await tell('none.png', { signal: AbortSignal.abort() }),
                flat: await tell(new ImageData(2, 2), {}, flat),
                fit: await tell(new ImageData(2, 2), { fit: 'crop' }),
              };
            },
            {
              card: CARDS.grey,
              flat: {
                ...CARDS.grey,
                item: { ...CARDS.grey.item, shape: [4], layout: 'flat' as const },
              },
              stranger: `http://other.test:${new URL(other.origin).port}/a.png`,
            },
          ),
        { isolated: false },
      );
      expect(found).toEqual({
        blob: expect.stringMatching(
          /^invalid-data: a Blob \(no type, 10 bytes\) cannot be read as an image.*Give a PNG/,
        ),
        bytes: expect.stringMatching(/^invalid-data: a Uint8Array \(no type, 10 bytes\) cannot/),
        file: expect.stringMatching(
          /^invalid-data: notes\.png \(image\/png, 10 bytes\) cannot be read as an image.*Give a PNG/,
        ),
        missing: expect.stringMatching(/^not-found: .*none\.png does not exist.*Check the address/),
        closed: expect.stringMatching(/^invalid-input: .*0 × 0.*closed already/),
        empty: expect.stringMatching(/^invalid-input: .*HTMLVideoElement.*not loaded yet/),
        nothing: expect.stringMatching(/^invalid-data: a HTMLImageElement cannot be read/),
        tainted: expect.stringMatching(/^invalid-input: .*crossorigin="anonymous".*withholds/),
        foreign: expect.stringMatching(/^invalid-input: .*crossorigin="anonymous".*withholds/),
        thing: expect.stringMatching(/^invalid-argument: .*a URL, a Blob or File, an <img>/),
        number: expect.stringMatching(/^invalid-argument: .*received 5/),
        address: expect.stringMatching(/^invalid-argument: .*the URL of a picture/),
        single: 'invalid-argument',
        aborted: expect.stringMatching(/^aborted/),
        flat: expect.stringMatching(/^invalid-argument: .*one of images/),
        fit: expect.stringMatching(/^invalid-argument: .*'cover'/),
      });
    } finally {
      await other.close();
    }
  });

  describe('items are shown', () => {
    const items = Float32Array.from({ length: 3 * 2 * 2 * 4 }, (_, i) => (i * 11 - 20) / 255);

    test.each<[string, number[], 'HWC' | 'CHW']>([
      ['HWC, grey', [2, 2, 1], 'HWC'],
      ['CHW, colour', [3, 2, 2], 'CHW'],
      ['HWC, with alpha', [2, 2, 4], 'HWC'],
    ])('%s: as pixels, on canvases, as files', async (_, shape, layout) => {
      const small = card(layout, shape, { scale: 1 / 255, offset: 0 });
      const size = shape.reduce((product, side) => product * side, 1);
      const found = await withLibrary(({ page }) =>
        page.evaluate(
          async ({ card, values }) => {
            const items = Float32Array.from(values);
            const image = lk.toImageData(items, card);
            const onCanvas = (canvas: HTMLCanvasElement | OffscreenCanvas) => {
              lk.drawTo(canvas, items, card, { columns: 2 });
              const context = canvas.getContext('2d') as CanvasRenderingContext2D;
              return [canvas.width, canvas.height, ...context.getImageData(0, 0, 2, 2).data];
            };
            const file = await lk.toBlob(items.subarray(0, values.length / 3), card);
            const large = await lk.toBlob(items, card, { columns: 1, scale: 5 });
            const bitmap = await createImageBitmap(large);
            const pixelsOf = async (file: Blob) => {
              const picture = await createImageBitmap(file);
              const context = new OffscreenCanvas(picture.width, picture.height).getContext('2d')!;
              context.drawImage(picture, 0, 0);
              const { data } = context.getImageData(0, 0, picture.width, picture.height);
              return (x: number, y: number) =>
                String(data.slice(4 * (y * picture.width + x)).slice(0, 4));
            };
            const [once, enlarged] = [
              await pixelsOf(await lk.toBlob(items, card, { columns: 1 })),
              await pixelsOf(large),
            ];
            const tell = (work: () => unknown) =>
              Promise.resolve()
                .then(work)
                .catch(({ code, received }) => (received ? `${code}: ${received}` : code));
            return {
              image: [image.width, image.height],
              first: [...image.data.slice(0, 8), ...image.data.slice(24, 32)],
              element: onCanvas(document.createElement('canvas')),
              offscreen: onCanvas(new OffscreenCanvas(9, 9)),
              again: [...(await lk.readImages([file], card)).data],
              type: file.type,
              large: [bitmap.width, bitmap.height],
              blurred: Array.from(
                { length: 300 },
                (_, i) => [i % 10, Math.floor(i / 10)] as const,
              ).filter(([x, y]) => enlarged(x, y) !== once(Math.floor(x / 5), Math.floor(y / 5))),
              refused: [
                await tell(() => lk.toImageData(items.subarray(1), card)),
                await tell(() => lk.toImageData({ mean: items } as never, card)),
                await tell(() => lk.toImageData(items, card, { columns: 0 })),
                await tell(() => lk.toBlob(items, card, { type: 'image/none' })),
                await tell(() => lk.toBlob(items, card, { type: Symbol('image/png') as never })),
                await tell(() => lk.toBlob(items, card, { type: 'image/jpeg', quality: 7 })),
                await tell(() => lk.toBlob(items, card, { quality: Number.NaN })),
                await tell(() => lk.toBlob(items, card, { quality: '0.5' as never })),
                await tell(() => lk.toBlob(items, card, { scale: 0 })),
                await tell(() => {
                  const canvas = new OffscreenCanvas(2, 2);
                  canvas.getContext('bitmaprenderer');
                  lk.drawTo(canvas, items, card);
                }),
                await tell(() => {
                  const canvas = document.createElement('canvas');
                  canvas.transferControlToOffscreen();
                  lk.drawTo(canvas, items, card);
                }),
                await tell(() => {
                  const many = new Float32Array(items.length * 100);
                  return lk.toBlob(many, card, { columns: 1, scale: 256 });
                }),
              ],
            };
          },
          { card: small, values: [...items.subarray(0, 3 * size)] },
        ),
      );
      /** Red, green, blue and alpha of a pixel of the first item, by its place. */
      const pixel = (at: number) => {
        const value = (c: number) => Math.min(255, Math.max(0, items[c]! * 255));
        if (shape[2] === 1) return [value(at), value(at), value(at), 255];
        if (layout === 'CHW') return [value(at), value(4 + at), value(8 + at), 255];
        return [0, 1, 2, 3].map((c) => value(4 * at + c));
      };
      const rounded = (values: number[]) => values.map((value) => Math.round(value));
      expect(found.image).toEqual([6, 2]);
      expect(found.first).toEqual(rounded([0, 1, 2, 3].flatMap(pixel)));
      expect(found.element.slice(0, 2)).toEqual([4, 4]);
      expect(found.offscreen).toEqual(found.element);
      expect(found.type).toBe('image/png');
      expect(found.large).toEqual([10, 30]);
      expect(found.blurred).toEqual([]);
      const clipped = items.subarray(0, size).map((value) => Math.min(1, Math.max(0, value)));
      for (const [i, value] of found.again.entries()) {
        // Canvases lose colours that are hardly seen.
        if (shape[2] !== 4) expect(value).toBeCloseTo(clipped[i]!, 6);
      }
      expect(found.refused).toEqual([
        `invalid-input: a Float32Array of ${3 * size - 1}`,
        'invalid-input: an object with mean',
        ...Array(7).fill('invalid-argument'),
        'invalid-data',
        'invalid-data',
        'too-large',
      ]);
    });
  });
});
