import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { type LoadOptions, loadAutoencoder, loadEncoder } from '@latentkit/node';
import { damagesOf } from '@latentkit/system/damages-for-tests';
import { cardFile, tinyItems, tinyModel } from '../fixtures/tiny-model.ts';
import { serveModel } from './model-server.ts';

const { files, card } = tinyModel({ side: 28, hidden: 100 });

let root: string;
let cacheDir: string;
let server: Awaited<ReturnType<typeof serveModel>>;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'latentkit-http-cache-'));
  cacheDir = join(root, 'cache');
  server = await serveModel({ ...files });
});
afterEach(async () => {
  await server.close();
  await rm(root, { recursive: true });
});

const use = async (options: LoadOptions = {}, url: string = server.url) => {
  await using encoder = await loadEncoder(url, { cacheDir, ...options });
  return (await encoder.embed(tinyItems(1, 28))).dims;
};

/** What the process warns of meanwhile. */
async function warningsOf(action: () => Promise<unknown>): Promise<string[]> {
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
  try {
    await action();
    return warn.mock.calls.map(([message, options]) => {
      return `${(options as { code?: string }).code}: ${message}`;
    });
  } finally {
    warn.mockRestore();
  }
}

describe('a cache that cannot be written is done without, and said to be so once', () => {
  test.each<[string, () => Promise<string>]>([
    ['a file in the way', () => inTheWay()],
    ['a folder below a file', async () => join(await inTheWay(), 'deeper', 'still')],
    ['a folder that the system never makes', async () => '/proc/nope'],
    ['a file in the way of its folders', () => blockedInside()],
  ])('%s', async (_, make) => {
    const cacheDir = await make();
    const warnings = await warningsOf(async () => {
      expect(await use({ cacheDir })).toEqual([1, 2]);
      expect(await use({ cacheDir })).toEqual([1, 2]);
    });
    expect(warnings).toEqual([
      expect.stringMatching(/^LATENTKIT_CACHE: The cache .* cannot be written: .*LATENTKIT_CACHE/),
    ]);
    expect(warnings[0]).toContain(cacheDir);
  });

  async function inTheWay(): Promise<string> {
    const path = join(root, 'file');
    await writeFile(path, '');
    return path;
  }

  async function blockedInside(): Promise<string> {
    await mkdir(cacheDir);
    for (const name of ['cards', 'files', 'partial']) await writeFile(join(cacheDir, name), '');
    return cacheDir;
  }

  test('also where only the finished file cannot be put in its place', async () => {
    const { sha256 } = card.graphs.encoder.files.fp32;
    await mkdir(join(cacheDir, 'files', sha256, 'taken'), { recursive: true });
    expect(await warningsOf(() => use())).toHaveLength(1);
    expect(await use()).toEqual([1, 2]);
  });

  test('a resumed download, too', async () => {
    server.state.misbehave = server.cutAfter(100_000, 2);
    expect(await use({ cacheDir: join(await inTheWay(), 'resumed') })).toEqual([1, 2]);
    expect(server.requests.filter(({ from }) => from > 0)).toHaveLength(2);
  });
});

describe('a server that is down', () => {
  test('costs nothing where the cache has the model, and is warned of once', async () => {
    await use();
    for (const misbehave of [
      (_: unknown, response: { destroy(): void }) => {
        response.destroy();
        return true;
      },
      (_: unknown, response: import('node:http').ServerResponse) => {
        response.writeHead(503).end();
        return true;
      },
    ]) {
      server.state.misbehave = misbehave;
      expect(await use()).toEqual([1, 2]);
    }
    const url = server.url;
    await server.close();
    const port = Number(new URL(url).port);
    expect(await use({}, url)).toEqual([1, 2]);
    server = await serveModel({ ...files }, port);
  });

  test('does not have a card believed that is not what was kept', async () => {
    await use();
    const [name = ''] = await readdir(join(cacheDir, 'cards'));
    const path = join(cacheDir, 'cards', name);
    for (const { name: damage, bytes } of damagesOf(await readFile(path), 8)) {
      await writeFile(path, bytes);
      const code = await use({ offline: true }).then(
        () => 'used',
        (error) => error.code,
      );
      expect({ damage, code }).toEqual({ damage, code: 'not-found' });
      // Fetched again, it is kept again.
      expect(await use()).toEqual([1, 2]);
      expect(await use({ offline: true })).toEqual([1, 2]);
    }
  });

  test('the warning names the copy that is used', async () => {
    await use();
    server.state.misbehave = (_, response) => {
      response.destroy();
      return true;
    };
    const [warning = ''] = await warningsOf(() => use());
    expect(warning).toMatch(
      /^LATENTKIT_OUTDATED: Fetching .*model\.json failed: .*The copy of 20.* in the cache is used\.$/,
    );
  });

  test('is an error where the server says that there is no such model any more', async () => {
    await use();
    delete server.files['model.json'];
    await expect(use()).rejects.toMatchObject({ code: 'not-found' });
  });

  test('is asked again, where nothing is in the cache', async () => {
    let times = 2;
    server.state.misbehave = (_, response) => {
      if (times-- <= 0) return false;
      response.destroy();
      return true;
    };
    expect(await use()).toEqual([1, 2]);
  });
});

describe('the copy of a card', () => {
  test('is that of its query', async () => {
    await use({}, `${server.url}?v=one`);
    expect(await use({ offline: true }, `${server.url}?v=one`)).toEqual([1, 2]);
    for (const query of ['', '?v=two', '?v=one&x']) {
      await expect(use({ offline: true }, `${server.url}${query}`)).rejects.toMatchObject({
        code: 'not-found',
      });
    }
    await use({}, `${server.url}?v=two#part`);
    expect(await use({ offline: true }, `${server.url}/model.json?v=two`)).toEqual([1, 2]);
  });

  test('is replaced when the server has another', async () => {
    await use();
    Object.assign(server.files, cardFile({ ...card, name: 'renamed' }));
    await use();
    await using offline = await loadEncoder(server.url, { cacheDir, offline: true });
    expect(offline.card.name).toBe('renamed');
  });

  test('is not made of a page that a network puts in the place of everything', async () => {
    await use();
    const right = server.files['model.json'] as Uint8Array;
    server.files['model.json'] = Buffer.from('<!doctype html><title>Log in</title>');
    await expect(use()).rejects.toMatchObject({ code: 'invalid-card' });
    server.files['model.json'] = right;
    expect(await use({ offline: true })).toEqual([1, 2]);
  });

  test('is used where a network puts a page in the place of everything, and calls it one', async () => {
    await use();
    const page = (type: string, text: string) => {
      server.state.misbehave = ({ file }, response) => {
        if (file !== 'model.json') return false;
        response.writeHead(200, { 'content-type': type }).end(text);
        return true;
      };
    };
    page('text/html; charset=utf-8', '<!doctype html><title>Log in</title>');
    const warnings = await warningsOf(async () => expect(await use()).toEqual([1, 2]));
    expect(warnings).toEqual([
      expect.stringMatching(
        /^LATENTKIT_OUTDATED: .*model\.json was answered with a web page, as by a network .* The copy of 20.* in the cache is used\.$/,
      ),
    ]);
    expect(await use({ offline: true })).toEqual([1, 2]);
    page('text/html', JSON.stringify({ ...card, name: 'by another type' }));
    await using encoder = await loadEncoder(server.url, { cacheDir });
    expect(encoder.card.name).toBe('by another type');
    page('application/json', '<!doctype html>');
    await expect(use()).rejects.toMatchObject({ code: 'invalid-card' });
  });

  test('that is damaged is said to be so, where nothing else may be used', async () => {
    await use();
    const [name = ''] = await readdir(join(cacheDir, 'cards'));
    const path = join(cacheDir, 'cards', name);
    await writeFile(path, (await readFile(path)).subarray(0, 90));
    await expect(use({ offline: true })).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringMatching(/model\.json is damaged in the cache, and offline: true/),
    });
    await rm(path);
    await expect(use({ offline: true })).rejects.toThrow(/model\.json is not in the cache/);
  });

  test('is for its user alone', async () => {
    await use();
    for (const folder of ['cards', 'files']) {
      const [name = ''] = await readdir(join(cacheDir, folder));
      expect((await stat(join(cacheDir, folder, name))).mode & 0o077).toBe(0);
    }
  });

  test('that cannot be read is fetched anew', async () => {
    await use();
    const [name = ''] = await readdir(join(cacheDir, 'cards'));
    const path = join(cacheDir, 'cards', name);
    await rm(path);
    await mkdir(path);
    await warningsOf(async () => expect(await use()).toEqual([1, 2]));
  });
});

describe('loads at the same time', () => {
  test('of one model fetch each file once', async () => {
    const models = await Promise.all(
      Array.from({ length: 10 }, () => loadAutoencoder(server.url, { cacheDir })),
    );
    const fetched = server.requests.map(({ file }) => file).sort();
    expect(fetched).toEqual(['decoder.onnx', 'encoder.onnx', 'model.json']);
    await Promise.all(models.map((model) => model.dispose()));
  });

  test('are independent: one is aborted, the others go on', async () => {
    const controller = new AbortController();
    server.state.misbehave = ({ file }, response) => {
      const bytes = server.files[file];
      if (file === 'model.json' || !bytes) return false;
      response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 1000));
      setTimeout(() => response.end(bytes.subarray(1000)), 300);
      return true;
    };
    const aborted = use({
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    const others = Promise.all([use(), use()]);
    await expect(aborted).rejects.toMatchObject({ code: 'aborted' });
    expect(await others).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(server.requests.filter(({ file }) => file === 'encoder.onnx')).toHaveLength(1);
  });

  test('with a fetch of their own do not use that of others', async () => {
    const used: number[] = [];
    const own = (id: number) => (url: URL, init: RequestInit) => {
      used.push(id);
      return fetch(url, init);
    };
    await Promise.all([1, 2].map((id) => use({ fetch: own(id) as typeof fetch })));
    expect(new Set(used)).toEqual(new Set([1, 2]));
  });
});
