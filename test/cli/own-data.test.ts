import { cp, link, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  folderOf,
  idx,
  npy,
  pictures,
  pictureThatSays,
  zip,
} from '../../packages/data/src/testing.ts';
import { callCommand } from './call-command.ts';
import { scratchFolder } from './run-command.ts';

const inherited = process.env['LATENTKIT_CACHE'];
beforeAll(async () => {
  process.env['LATENTKIT_CACHE'] = await scratchFolder();
});
afterAll(() => {
  if (inherited === undefined) delete process.env['LATENTKIT_CACHE'];
  else process.env['LATENTKIT_CACHE'] = inherited;
});

/** What makes the training short; that it is the standard network for pictures stays as it is. */
const SHORT = ['--epochs=1', '--channels=4', '--hidden=8', '--latent=2'] as const;

async function trainOn(path: string, ...options: string[]) {
  const cwd = await scratchFolder();
  return callCommand(['train', '--data', path, '--out', 'run', ...SHORT, ...options], { cwd });
}

const named = (i: number) => `${i}.png`;

/** 20,000 names for eight pictures. */
async function manyPictures(): Promise<string> {
  const folder = await folderOf(pictures(8, named, { width: 8, height: 8 }));
  for (let i = 8; i < 20_000; i++) await link(join(folder, named(i % 8)), join(folder, named(i)));
  return folder;
}

async function fileOf(name: string, bytes: Uint8Array): Promise<string> {
  return join(await folderOf({ [name]: bytes }), name);
}

const values = new Uint8Array(20 * 32 * 32).map((_, i) => (i * 7) % 256);

test('what data counts is what train then has', async () => {
  const folder = await folderOf(pictures(150, named, { width: 8, height: 8 }));
  const { stdout } = await callCommand(['data', folder]);
  const [, train, others] = /(\d+) to train on, (\d+ to validate, \d+ to test)/.exec(stdout)!;
  const { stderr } = await trainOn(folder);
  expect(stderr).toContain(`: ${train} items to train on, ${others}\n`);
});

describe('one command trains on', () => {
  test.each<[string, () => Promise<string>, number, string[], string?]>([
    [
      'grey pictures of 32 × 32',
      () => folderOf(pictures(12, named, { width: 32, height: 32, channels: 1 })),
      12,
      [],
      '32 × 32 (height × width): all pictures looked at are 32 × 32. No picture has colour.',
    ],
    [
      'pictures of 48 × 24 in colour',
      () => folderOf(pictures(12, named, { width: 48, height: 24 })),
      12,
      [],
      '24 × 48 (height × width)',
    ],
    [
      'pictures of 128 × 128 in colour',
      () => folderOf(pictures(12, named, { width: 128, height: 128 })),
      12,
      [],
      '128 × 128 (height × width)',
    ],
    ['30 pictures', () => folderOf(pictures(30, named)), 30, []],
    ['20,000 pictures', manyPictures, 20_000, ['--batch=1024']],
    [
      'sub-folders as the labels of a cvae',
      () => folderOf(pictures(12, (i) => `${['ape', 'bee'][i % 2]}/${i}.png`)),
      12,
      ['--family=cvae'],
    ],
    [
      'an .npz',
      () => fileOf('items.npz', zip([['images.npy', npy('|u1', [20, 32, 32], values)]])),
      20,
      [],
    ],
    ['an IDX of 32 × 32', () => fileOf('items-idx3-ubyte', idx([20, 32, 32], values)), 20, []],
    [
      'a zip',
      async () => {
        const files = Object.entries(pictures(12, named));
        const made = files.map(async ([name, bytes]) => [name, await bytes] as const);
        return fileOf('pictures.zip', zip(await Promise.all(made)));
      },
      12,
      [],
    ],
  ])('%s', async (_, make, count, options, said = '') => {
    const { code, stdout, stderr } = await trainOn(await make(), ...options);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining(said) });
    const parts = stderr.match(/^data .*$/m)?.[0].match(/[\d,]+(?= (items )?to )/g) ?? [];
    expect(parts.reduce((sum, part) => sum + Number(part.replaceAll(',', '')), 0)).toBe(count);
    expect(stdout).toMatch(/^Trained 1 epoch in run: test loss -?[\d,.]+ nats an item/);
  });

  test('what can be read, and says what cannot: a link in a circle, one to nothing, text', async () => {
    const folder = await folderOf({ ...pictures(12, (i) => `in/${i}.png`), 'in/bad.png': 'text' });
    await symlink(folder, join(folder, 'in', 'up'));
    await symlink(join(folder, 'nowhere'), join(folder, 'gone.png'));
    const { code, stderr } = await trainOn(folder, '--max-bad=0.1');
    expect(code).toBe(0);
    expect(stderr).toMatch(/in\/up: a link that leads back to a folder above it/);
    expect(stderr).toMatch(/gone\.png: a link that leads nowhere/);
    expect(stderr).toMatch(/in\/bad\.png: it is no picture/);
  });
});

test('stopped early, it tells of the epoch that is exported, and why nothing is left', async () => {
  // Weights that stay as they are have the same loss in each epoch, which betters none.
  const folder = await folderOf(pictures(60, named, { width: 8, height: 8 }));
  const still = ['--epochs=9', '--patience=2', '--validation-share=0.4', '--learning-rate=1e-30'];
  const cwd = await scratchFolder();
  const args = ['train', '--data', folder, '--out', 'run', ...SHORT.slice(1), ...still];
  const first = await callCommand(args, { cwd });
  expect(first.stdout).toMatch(
    /^Trained 3 epochs in run: epoch 1 was the best on the validation items, test loss -?[\d,.]+ nats an item/,
  );
  const { stderr } = await callCommand(['train', '--out=run', '--resume', '--epochs=20'], { cwd });
  expect(stderr).toContain(
    'Nothing was left to train: its 2 last epochs did not better epoch 1 on the validation items, and --patience is ' +
      '2. A larger one goes on.',
  );
});

describe('one sentence, and no training, for', () => {
  test.each<[string, () => Promise<string>, RegExp]>([
    ['an empty folder', () => scratchFolder(), /There are no pictures in \S+\.$/m],
    [
      'bad files among the pictures',
      () => folderOf({ ...pictures(8, named), 'a.png': 'text', 'b.jpg': '' }),
      /2 of 10 pictures in \S+ cannot be read \(20 %; at most 1 % may be\):\n +- a\.png: it is no picture.*\n +- b\.jpg: it is empty/,
    ],
    [
      'pictures of 1 × 1',
      () => folderOf(pictures(4, named, { width: 1, height: 1 })),
      /are 1 × 1: nothing is to be seen on a single pixel/,
    ],
    [
      'one of 30,000 × 30,000',
      async () => {
        const huge = await pictureThatSays(30_000);
        return folderOf({ ...pictures(8, named), 'huge.png': huge });
      },
      /huge\.png: it has more than 268 million pixels/,
    ],
    [
      'links alone, in a circle',
      async () => {
        const folder = await scratchFolder();
        await mkdir(join(folder, 'in'));
        await symlink(folder, join(folder, 'in', 'up'));
        return folder;
      },
      /There are no pictures in \S+\.\n +- in\/up: a link that leads back to a folder above it/,
    ],
    [
      'a name twice',
      async () => {
        const folder = await folderOf(pictures(4, named));
        await writeFile(join(folder, 'list.txt'), '0.png\n1.png\n./0.png\n');
        return join(folder, 'list.txt');
      },
      /0\.png more than once/,
    ],
    [
      'labels for half of the files',
      () => folderOf({ ...pictures(4, named), 'labels.csv': 'file,label\n0.png,a\n1.png,b\n' }),
      /Of 4 pictures 2 have no row: 2\.png, 3\.png/,
    ],
  ])('%s', async (_, make, message) => {
    const { code, stdout, stderr } = await trainOn(await make());
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^ {4}at |^epoch /m);
  });
});

test('figures of other data in a folder of the same name are warned of, and not recorded', async () => {
  const cwd = await scratchFolder();
  const photos = async (count: number) => {
    const folder = await folderOf(pictures(count, named, { width: 8, height: 8 }));
    await cp(folder, join(cwd, 'photos'), { recursive: true });
  };
  await photos(30);
  await callCommand(['train', '--data=photos', '--out=run', ...SHORT], { cwd });
  await callCommand(['export', 'run', '--out=model'], { cwd });
  const measure = ['measure', 'model', '--only=reconstruction'];
  const same = await callCommand([...measure, '--record'], { cwd });
  expect(same.code).toBe(0);
  expect(same.stderr).toContain('data: photos, which has the name on the card');
  expect(same.stderr).not.toContain('warning');
  await photos(34);
  const other = await callCommand(measure, { cwd });
  expect(other.code).toBe(0);
  expect(other.stderr).toMatch(
    /^warning: The data are not those that photos-vae was trained on: then 30 pictures .*; now 34 pictures/m,
  );
  const card = await readFile(join(cwd, 'model/model.json'), 'utf8');
  const recorded = await callCommand([...measure, '--record'], { cwd });
  expect(recorded.code).toBe(1);
  expect(recorded.stderr).toContain('Nothing is recorded: name the data of then');
  expect(await readFile(join(cwd, 'model/model.json'), 'utf8')).toBe(card);
});
