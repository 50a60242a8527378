import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ModelCard, tensor } from '@latentkit/core';
import sharp from 'sharp';
import { tinyModel } from '../../../../test/fixtures/tiny-model.ts';
import { loadAutoencoder } from '../load.ts';
import { encodeImages, readImages, streamImages, writeImages } from './images.ts';

/** A card whose items are images of this shape, with values in [−1, 1]. */
function card(layout: 'HWC' | 'CHW' | 'flat', ...shape: number[]): ModelCard {
  return {
    ...tinyModel().card,
    item: { shape, layout, range: [-1, 1] },
    preprocessing: { scale: 2 / 255, offset: -1 },
  };
}

const grey = card('HWC', 2, 3, 1);
const value = (pixel: number) => Math.fround((pixel * 2) / 255 - 1);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentkit-images-'));
});
afterAll(() => rm(folder, { recursive: true }));

const png = (pixels: number[], channels: 1 | 3 | 4, width = 3, height = 2) =>
  sharp(Uint8Array.from(pixels), { raw: { width, height, channels } }).png().toBuffer();

/** What another realm's class of this name shows of itself here. */
const ofKind = (name: string) => ({ [Symbol.toStringTag]: name });

describe('readImages', () => {
  test('reads bytes, paths and file URLs, preprocessed as the card says', async () => {
    const bytes = await png([0, 51, 102, 153, 204, 255], 1);
    const path = join(folder, 'at:12:30.png');
    await writeFile(path, bytes);
    const items = await readImages(
      [bytes, path, pathToFileURL(path), pathToFileURL(path).href],
      grey,
    );
    expect(items.dims).toEqual([4, 2, 3, 1]);
    const expected = [0, 51, 102, 153, 204, 255].map(value);
    expect([...items.data]).toEqual(Array(4).fill(expected).flat());
  });

  test('takes the URLs, Blobs and bytes of another realm', async () => {
    const bytes = await png([0, 51, 102, 153, 204, 255], 1);
    const path = join(folder, 'elsewhere.png');
    await writeFile(path, bytes);
    const url = { ...{ href: pathToFileURL(path).href, protocol: 'file:' }, ...ofKind('URL') };
    const blob = { arrayBuffer: async () => Uint8Array.from(bytes).buffer, ...ofKind('Blob') };
    const foreign = runInNewContext('Uint8Array.from(bytes)', { bytes: [...bytes] });
    const images = runInNewContext('[url, blob, bytes]', { url, blob, bytes: foreign });
    const expected = [0, 51, 102, 153, 204, 255].map(value);
    expect([...(await readImages(images, grey)).data]).toEqual(Array(3).fill(expected).flat());
    await expect(
      readImages([{ href: 'data:,', protocol: 'data:', ...ofKind('URL') } as never], grey),
    ).rejects.toThrow("received 'a data: URL'");
  });

  test('brings colours and transparency to the channels of the card', async () => {
    const red = await png(Array(6).fill([255, 0, 0]).flat(), 3);
    expect((await readImages([red], card('HWC', 2, 3, 3))).data.slice(0, 3)).toEqual(
      Float32Array.of(1, -1, -1),
    );
    const clear = await png(Array(6).fill([255, 255, 255, 0]).flat(), 4);
    expect((await readImages([clear], grey)).data[0]).toBe(-1);
    expect((await readImages([clear], grey, { background: 'white' })).data[0]).toBe(1);
    expect((await readImages([clear], card('HWC', 2, 3, 4))).data.slice(0, 4)).toEqual(
      // What is not seen has no colour, whatever the file says: canvases keep none.
      Float32Array.of(-1, -1, -1, -1),
    );
    const faint = await png(Array(6).fill([255, 255, 255, 1]).flat(), 4);
    expect((await readImages([faint], card('HWC', 2, 3, 4))).data.slice(0, 3)).toEqual(
      Float32Array.of(1, 1, 1),
    );
  });

  test.each([
    [[255, 0, 0], 76],
    [[0, 255, 0], 150],
    [[0, 0, 255], 29],
    [[255, 255, 255], 255],
    [[10, 100, 200], 84],
  ])('makes of the colour %j the grey %d, by BT.601 on encoded values', async (colour, pixel) => {
    const picture = await png(Array(6).fill(colour).flat(), 3);
    const { data } = await readImages([picture], grey);
    expect([...data]).toEqual(Array(6).fill(value(pixel)));
    // The card's own weights are heard.
    const red = { ...grey, preprocessing: { ...grey.preprocessing, grey: [1, 0, 0] as never } };
    expect((await readImages([picture], red)).data[0]).toBe(value(colour[0] as number));
  });

  test('fits and fills as the card says, unless it is told otherwise', async () => {
    const square = await png(Array(4).fill(128), 1, 2, 2);
    const padding = { fit: 'contain', background: [255, 255, 255] } as const;
    const padded = card('HWC', 2, 4, 1);
    const model = {
      ...padded,
      preprocessing: { ...padded.preprocessing, ...padding },
    } as ModelCard;
    expect((await readImages([square], model)).data[0]).toBe(1);
    expect((await readImages([square], model, { fit: 'fill' })).data[0]).toBe(value(128));
    expect((await readImages([square], model, { background: '#000' })).data[0]).toBe(-1);
  });

  test('takes a Blob, and bytes of another realm or of shared memory', async () => {
    const bytes = await png([0, 51, 102, 153, 204, 255], 1);
    const foreign = runInNewContext('Uint8Array.from(bytes)', { bytes: [...bytes] });
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    const { data } = await readImages([new Blob([bytes]), foreign, shared], grey);
    expect(data.slice(0, 6)).toEqual(data.slice(6, 12));
    expect(data.slice(0, 6)).toEqual(data.slice(12));
  });

  test.each([
    ['a web address', new URL('https://example.org/a.png'), 'https: URL'],
    ['a data URL', new URL('data:image/png;base64,AAAA'), 'data: URL'],
    ['the text of a web address', 'https://example.org/a.png', 'https: URL'],
    ['the text of a data URL', 'data:image/png;base64,AAAA', 'data: URL'],
    ['a number', 5, 'received 5'],
    ['values of an item', new Float32Array(6), 'give one Float32Array or tensor of all items'],
  ])('%s: a typed error', async (_, image, message) => {
    await expect(readImages([image as never], grey)).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining(message),
    });
  });

  test('puts channels first where the card does', async () => {
    const pixels = Array.from({ length: 18 }, (_, i) => i * 10);
    const { data } = await readImages([await png(pixels, 3)], card('CHW', 3, 2, 3));
    const planes = [0, 1, 2].flatMap((c) => [0, 1, 2, 3, 4, 5].map((p) => pixels[p * 3 + c]));
    expect([...data]).toEqual(planes.map((pixel) => value(pixel as number)));
  });

  test('brings images of any size, format and orientation to the size of the card', async () => {
    const wide = sharp({ create: { width: 40, height: 10, channels: 3, background: '#fff' } });
    for (const format of ['jpeg', 'webp'] as const) {
      const { dims, data } = await readImages([await wide.toFormat(format).toBuffer()], grey);
      expect(dims).toEqual([1, 2, 3, 1]);
      expect(Math.min(...data)).toBeGreaterThan(0.98);
    }
    const padded = await readImages([await wide.png().toBuffer()], card('HWC', 8, 8, 1), {
      fit: 'contain',
    });
    expect(padded.data[0]).toBe(-1);
    expect(padded.data[4 * 8 + 4]).toBe(1);
    // Orientation 3: upside down.
    const turned = sharp(await png([0, 0, 0, 255, 255, 255], 1)).withMetadata({ orientation: 3 });
    const { data } = await readImages([await turned.png().toBuffer()], grey);
    expect([...data]).toEqual([1, 1, 1, -1, -1, -1]);
  });

  test.each<[string, () => unknown, ModelCard, string]>([
    ['bytes that are no image', () => Uint8Array.of(1, 2, 3), grey, 'invalid-data'],
    ['a file that is not there', () => join(folder, 'none.png'), grey, 'not-found'],
    ['items that are no images', () => new Uint8Array(), card('flat', 6), 'invalid-argument'],
    ['two channels', () => new Uint8Array(), card('HWC', 2, 3, 2), 'invalid-argument'],
  ])('%s: a typed error', async (_, image, model, code) => {
    await expect(readImages([image() as Uint8Array], model)).rejects.toMatchObject({ code });
  });

  test('one image that is not in a list is refused, not taken apart', async () => {
    for (const images of ['a.png', new Uint8Array(8), 5, null]) {
      const error = { code: 'invalid-argument', message: expect.stringContaining('in an array') };
      await expect(readImages(images as never, grey)).rejects.toMatchObject(error);
      await expect(streamImages(images as never, grey).next()).rejects.toMatchObject(error);
    }
  });

  test('a folder is told from a file that is damaged', async () => {
    await expect(readImages([folder], grey)).rejects.toMatchObject({
      code: 'invalid-data',
      message: `${folder} is a folder, and no picture: name the pictures in it.`,
    });
  });

  test('a truncated file and a fired signal are typed errors', async () => {
    const noise = Uint8Array.from({ length: 64 * 64 }, (_, i) => (i * 7919) % 251);
    const whole = await sharp(noise, { raw: { width: 64, height: 64, channels: 1 } })
      .jpeg()
      .toBuffer();
    await expect(readImages([whole.subarray(0, whole.length / 2)], grey)).rejects.toMatchObject({
      code: 'invalid-data',
    });
    await expect(readImages([whole], grey, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    });
  });

  test('streamImages gives chunks, a few at a time', async () => {
    const bytes = await png([0, 51, 102, 153, 204, 255], 1);
    const sizes: (number | undefined)[] = [];
    for await (const { dims } of streamImages(Array(7).fill(bytes), grey, { chunkSize: 3 })) {
      sizes.push(dims[0]);
    }
    expect(sizes).toEqual([3, 3, 1]);
  });
});

test('encoders take pictures: a path, a Blob, or several', async () => {
  const { files, card: model } = tinyModel();
  const bytes = await png([0, 51, 102, 153, 204, 255], 1);
  const path = join(folder, 'b.png');
  await writeFile(path, bytes);
  await using vae = await loadAutoencoder(files, { latent: 'gaussian' });
  const wanted = [...(await vae.encoder.embed(await readImages([bytes], model))).data];
  expect([...(await vae.encoder.embed(path)).data]).toEqual(wanted);
  expect([...(await vae.encoder.encode(new Blob([bytes]))).mean.data]).toEqual(wanted);
  const two = await vae.encoder.embed([path, pathToFileURL(path)]);
  expect([...two.data]).toEqual([...wanted, ...wanted]);
  await expect(vae.encoder.embed('none.png')).rejects.toMatchObject({ code: 'not-found' });
});

describe('encodeImages', () => {
  test.each([
    ['HWC', card('HWC', 2, 3, 3)],
    ['CHW', card('CHW', 3, 2, 3)],
  ])('is the inverse of readImages (%s), and clips', async (_, model) => {
    const pixels = Array.from({ length: 18 }, (__, i) => i * 14);
    const items = await readImages([await png(pixels, 3), await png(pixels.reverse(), 3)], model);
    const files = await encodeImages(items, model);
    expect(files).toHaveLength(2);
    expect(await readImages(files, model)).toEqual(items);
    const [clipped = new Uint8Array()] = await encodeImages(
      tensor(new Float32Array(18).fill(9), [1, ...model.item.shape]),
      model,
    );
    expect([...(await readImages([clipped], model)).data]).toEqual(Array(18).fill(1));
  });

  test('writes PNG, JPEG and WebP files, enlarged without blur', async () => {
    const items = tensor(Float32Array.of(-1, 1, -1, 1, -1, 1), [1, 2, 3, 1]);
    for (const format of ['png', 'jpeg', 'webp'] as const) {
      const path = join(folder, 'sub', `a.${format}`);
      await writeImages(items, grey, [path], { format, scale: 4, quality: 100 });
      const image = sharp(await readFile(path));
      expect(await image.metadata()).toMatchObject({ format, width: 12, height: 8 });
      const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
      expect(data[0]).toBeLessThan(10);
      expect(data[9 * info.channels]).toBeLessThan(10);
      expect(data[5 * info.channels]).toBeGreaterThan(245);
    }
  });

  test.each([[{ format: 'gif' }], [{ quality: 0 }], [{ scale: 0.5 }]])(
    'refuses %j',
    async (options) => {
      const items = tensor(new Float32Array(6), [1, 2, 3, 1]);
      await expect(encodeImages(items, grey, options as never)).rejects.toMatchObject({
        code: 'invalid-argument',
      });
      await expect(encodeImages(tensor(new Float32Array(5)), grey)).rejects.toMatchObject({
        code: 'invalid-input',
      });
      await expect(writeImages(items, grey, ['a.png', 'b.png'])).rejects.toMatchObject({
        code: 'invalid-argument',
      });
    },
  );

  test('NaN is refused by its place, and two images by one path', async () => {
    const values = new Float32Array(12);
    values[7] = Number.NaN;
    await expect(encodeImages(tensor(values, [2, 2, 3, 1]), grey)).rejects.toMatchObject({
      code: 'invalid-input',
      message: 'item 1, value 1: expected a number, received NaN.',
    });
    const two = tensor(new Float32Array(12), [2, 2, 3, 1]);
    const paths = [join(folder, 'same.png'), join(folder, 'x/../same.png')];
    await expect(writeImages(two, grey, paths)).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringMatching(/^paths: expected a path of its own for each image, received/),
    });
    await expect(readFile(join(folder, 'same.png'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('without a format each file is of that of its ending, and others are refused', async () => {
    const one = tensor(new Float32Array(6), [1, 2, 3, 1]);
    const three = tensor(new Float32Array(18), [3, 2, 3, 1]);
    const paths = ['b.JPG', 'c.webp', 'd.png'].map((name) => join(folder, name));
    await writeImages(three, grey, paths);
    const formats = await Promise.all(
      paths.map(async (path) => (await sharp(await readFile(path)).metadata()).format),
    );
    expect(formats).toEqual(['jpeg', 'webp', 'png']);
    for (const name of ['a.xyz', 'a']) {
      const path = join(folder, name);
      await expect(writeImages(one, grey, [path])).rejects.toMatchObject({
        code: 'invalid-argument',
        message: `paths: expected files that end in .png, .jpg, .jpeg, .webp, or the option format, received '${path}'.`,
      });
      await expect(readFile(path)).rejects.toMatchObject({ code: 'ENOENT' });
      await writeImages(one, grey, [path], { format: 'webp' });
      expect((await sharp(await readFile(path)).metadata()).format).toBe('webp');
    }
  });
});

test('an error says which of several pictures it is of, and what kind of thing that is', async () => {
  const good = await png([0, 51, 102, 153, 204, 255], 1);
  const bad = Buffer.from('no png');
  const rejects = (reading: Promise<unknown>, code: string, message: string) =>
    expect(reading).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  const cannot = 'cannot be read as an image';
  await rejects(
    readImages([new Blob([bad])], grey),
    'invalid-data',
    `^a Blob \\(no type, 6 bytes\\) ${cannot}`,
  );
  const file = new File([bad], 'bad.png', { type: 'image/png' });
  const told = `bad.png \\(image/png, 6 bytes\\) ${cannot}`;
  await rejects(readImages([good, file, good], grey), 'invalid-data', `^Picture 2: ${told}`);
  await rejects(
    readImages([good, 7 as never], grey),
    'invalid-argument',
    '^Picture 2: image: expected',
  );
  await rejects(readImages([good, 'none.png'], grey), 'not-found', '^Picture 2: none.png does not');
  const stream = streamImages([good, good, file], grey, { chunkSize: 2 });
  await stream.next();
  await rejects(stream.next(), 'invalid-data', `^Picture 3: ${told}`);
});

test('an option whose name is misspelt is refused, with the one that was meant', async () => {
  const picture = await png([0, 51, 102, 153, 204, 255], 1);
  const refused = (name: string, received: string) => ({
    code: 'invalid-argument',
    message: expect.stringMatching(
      `^options: expected '${name}' or '.*', received '${received}'\\.$`,
    ),
  });
  await expect(readImages([picture], grey, { fits: 'fill' } as object)).rejects.toMatchObject(
    refused('fit', 'fits'),
  );
  const stream = (options: object) => streamImages([picture], grey, options).next();
  await expect(stream({ chunksize: 1 })).rejects.toMatchObject(refused('chunkSize', 'chunksize'));
  expect((await stream({ chunkSize: 1, fit: 'fill' })).done).toBe(false);
  await expect(
    encodeImages(tensor(new Float32Array(6), [1, 2, 3, 1]), grey, { scales: 2 } as object),
  ).rejects.toMatchObject(refused('scale', 'scales'));
});
