import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { loadAutoencoder, readImages } from '@latentkit/node';
import sharp from 'sharp';
import { callCommand } from './call-command.ts';
import { MODEL, writeDigits } from './digits.ts';
import { ROOT, runCommand, scratchFolder } from './run-command.ts';

let cwd: string;
/** What the command says as JSON. */
const run = async (...args: string[]) => {
  const { code, stdout, stderr } = await callCommand([...args, '--json'], { cwd });
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as { readonly files: string[]; readonly count: number };
};
const pixels = async (file: string) =>
  (await sharp(join(cwd, file)).raw().toBuffer()).toString('hex');

beforeAll(async () => {
  cwd = await scratchFolder();
  await writeDigits(join(cwd, 'digits'), 6);
  await mkdir(join(cwd, 'empty'));
  await mkdir(join(cwd, 'digits.npy'));
  await writeFile(join(cwd, 'text.png'), 'no picture');
  await writeFile(join(cwd, 'text.npy'), 'no array');
});

describe('latentkit sample', () => {
  test('draws the same pictures as the library, in a folder, on a sheet and as frames', async () => {
    const { files, count } = await run('sample', MODEL, '-n', '3', '--seed', '7', '-o', 'drawn');
    expect([files.length, count]).toEqual([3, 3]);
    const vae = await loadAutoencoder(MODEL);
    const { mean } = await vae.sample(3, { seed: 7 });
    const read = await readImages(files, vae.card);
    await vae.dispose();
    const errors = read.data.map((value, i) => Math.abs(value - mean.data[i]!));
    expect(Math.max(...errors)).toBeLessThanOrEqual(0.51 / 255);
    await run('sample', MODEL, '-n', '6', '--columns', '3', '--scale', '1', '-o', 'sheet.png');
    expect(await sharp(join(cwd, 'sheet.png')).metadata()).toMatchObject({ width: 88, height: 59 });
    for (const name of ['frames.gif', 'frames.webp']) {
      await run('sample', MODEL, '-n', '5', '-o', name);
      const { pages, width } = await sharp(join(cwd, name)).metadata();
      expect([pages, width]).toEqual([5, 112]);
    }
  });

  test('is another by the seed, and nearer to the middle by the truncation', async () => {
    for (const [name, ...args] of [['a'], ['b', '--seed=1'], ['c', '--truncation=0.01']]) {
      await run('sample', MODEL, '-n1', ...args, '-o', name!);
    }
    const drawn = await Promise.all(['a', 'b', 'c'].map((name) => pixels(`${name}/0000.png`)));
    expect(new Set(drawn).size).toBe(3);
  });
});

describe('pictures in a folder', () => {
  const ENDINGS = ['png', 'jpg', 'webp'] as const;
  const IDS = [...ENDINGS.map((ending) => `a.${ending}`), 'a.jpg.png', 'B.png', 'b.jpg', 'c.png'];

  beforeAll(async () => {
    await mkdir(join(cwd, 'alike'));
    for (const [i, id] of IDS.entries()) {
      const raw = { width: 28, height: 28, channels: 1 } as const;
      await sharp(new Uint8Array(784).fill(30 * i), { raw }).toFile(join(cwd, 'alike', id));
    }
    // Between the two of a name there are more pictures than in a batch.
    await mkdir(join(cwd, 'apart'));
    const between = Array.from({ length: 130 }, (_, i) => `a.k${i}.png`);
    for (const id of ['a.jpg', ...between, 'a.png']) {
      await cp(join(cwd, 'digits/odd/1.png'), join(cwd, 'apart', id));
    }
  });

  test('decode keeps the endings of those that differ in nothing else', async () => {
    await callCommand(['embed', MODEL, 'alike', '-o', 'alike.parquet'], { cwd });
    const { files } = await run('decode', MODEL, 'alike.parquet', '-o', 'alike-decoded');
    const wanted = ['a.jpg.png', 'a.png.png', 'a.webp.png', 'a.jpg.png.png', 'c.png'];
    const found = await readdir(join(cwd, 'alike-decoded'));
    expect(found.sort()).toEqual([...wanted, 'B.png.png', 'b.jpg.png'].sort());
    expect(files).toHaveLength(IDS.length);
  });

  test('augment too', async () => {
    const { count } = await run('augment', MODEL, 'alike', '-n', '2', '-o', 'alike-more');
    expect(count).toBe(2 * IDS.length);
    const found = await readdir(join(cwd, 'alike-more'));
    expect(found).toHaveLength(2 * IDS.length);
    expect(found).toEqual(expect.arrayContaining(['a.jpg-0.png', 'a.jpg.png-1.png', 'c-1.png']));
    await callCommand(['augment', MODEL, 'apart', '-n', '1', '-o', 'apart-more'], { cwd });
    const apart = await readdir(join(cwd, 'apart-more'));
    expect(apart).toHaveLength(132);
    expect(apart).toEqual(expect.arrayContaining(['a.jpg-0.png', 'a.png-0.png', 'a.k0-0.png']));
  });

  test('are told by the folder that was asked for, and not by that of the first', async () => {
    await callCommand(['embed', MODEL, 'digits', '-o', 'told.parquet'], { cwd });
    for (const [out = '', ...args] of [
      ['told', 'decode', MODEL, 'told.parquet'],
      ['told-more', 'augment', MODEL, 'digits', '-n1'],
    ]) {
      expect((await callCommand([...args, '-o', out], { cwd })).stdout).toBe(`${out}: 6 files\n`);
    }
  });
});

describe('latentkit interpolate', () => {
  test('goes from one picture to the next, both ends reconstructed', async () => {
    const args = ['digits/odd/1.png', 'digits/even/2.png', 'digits/odd/3.png', '--steps=4'];
    const { files, count } = await run('interpolate', MODEL, ...args, '-o', 'path');
    expect([files.length, count]).toEqual([7, 7]);
    const vae = await loadAutoencoder(MODEL);
    const ends = await vae.reconstruct(
      await readImages([join(cwd, 'digits/odd/1.png'), join(cwd, 'digits/odd/3.png')], vae.card),
    );
    const found = await readImages([files[0]!, files[6]!], vae.card);
    await vae.dispose();
    const errors = found.data.map((value, i) => Math.abs(value - ends.mean.data[i]!));
    expect(Math.max(...errors)).toBeLessThanOrEqual(0.51 / 255);
  });
});

describe('latentkit decode', () => {
  test('gives back what was embedded, by its names or on a sheet', async () => {
    await callCommand(['embed', MODEL, 'digits', '-o', 'v.parquet'], { cwd });
    const { files } = await run('decode', MODEL, 'v.parquet', '-o', 'decoded');
    expect(files).toHaveLength(6);
    expect((await readdir(join(cwd, 'decoded/odd'))).sort()).toEqual(['1.png', '3.png', '5.png']);
    await run('decode', MODEL, 'v.parquet', '-o', 'decoded.png');
    const other = join(ROOT, 'models/strokes-vae');
    const refused = await callCommand(['decode', other, 'v.parquet', '-o', 'x'], { cwd });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('v.parquet, of the latent space of mnist-vae');
  });
});

describe('latentkit augment', () => {
  test('gives a conditional model the labels that the folders are named by', async () => {
    const conditional = join(ROOT, 'models/strokes-cvae');
    const sources = ['byclass/1/a.png', 'byclass/2/b.png'];
    for (const [i, file] of sources.entries()) {
      await cp(join(cwd, `digits/${['odd/1', 'even/2'][i]}.png`), join(cwd, file));
    }
    const { files } = await run('augment', conditional, 'byclass', '-n', '2', '-o', 'labelled');
    const cvae = await loadAutoencoder(conditional);
    const items = await readImages(
      sources.map((file) => join(cwd, file)),
      cvae.card,
    );
    const own = await cvae.augment(items, { count: 2, seed: 0, condition: ['1', '2'] });
    const one = await cvae.augment(items, { count: 2, seed: 0, condition: '1' });
    const found = await readImages(files, cvae.card);
    await cvae.dispose();
    const off = (mean: Float32Array) =>
      Math.max(...found.data.map((value, i) => Math.abs(value - mean[i]!)));
    expect(off(own.mean.data)).toBeLessThanOrEqual(0.51 / 255);
    expect(off(one.mean.data)).toBeGreaterThan(0.1);
    const unnamed = await callCommand(['augment', conditional, 'digits', '-o', 'none'], { cwd });
    expect(unnamed.stderr).toContain('condition: expected one of the labels');
  });

  test('says that labels of folders are not used where a condition is asked for', async () => {
    const conditional = join(ROOT, 'models/strokes-cvae');
    for (const label of ['1', '3']) {
      await cp(join(cwd, `digits/odd/${label}.png`), join(cwd, `labelled-in/${label}/a.png`));
    }
    const args = ['augment', conditional, 'labelled-in', '-n', '1', '-o', 'all-5'];
    const { code, stderr } = await callCommand([...args, '--condition', '5'], { cwd });
    expect(code).toBe(0);
    expect(stderr).toContain('--condition 5 counts for all items; their own labels (1, …)');
  });

  test('draws nothing under one seed that it draws under the next', async () => {
    // More than a batch of the same picture.
    const many = Array.from({ length: 130 }, (_, i) => `same/${i}.png`);
    for (const file of many) await cp(join(cwd, 'digits/odd/1.png'), join(cwd, file));
    const drawn: string[] = [];
    for (const seed of ['5', '6']) {
      const args = ['augment', MODEL, 'same', '-n', '1', '--seed', seed, '-o', `same-${seed}`];
      expect((await callCommand(args, { cwd })).code).toBe(0);
      drawn.push(...(await Promise.all(many.map((_, i) => pixels(`same-${seed}/${i}-0.png`)))));
    }
    expect(new Set(drawn).size).toBe(2 * many.length);
  });

  test('and so do embed and score', async () => {
    const conditional = join(ROOT, 'models/strokes-cvae');
    const all = async (...args: string[]) => {
      const given = ['score', conditional, 'byclass', '--json', ...args];
      const { code, stdout, stderr } = await callCommand(given, { cwd });
      expect(code).toBe(0);
      const told = args.some((arg) => arg.startsWith('--condition'));
      expect(stderr.includes('their own labels')).toBe(told);
      return (JSON.parse(stdout) as { scores: { elbo: number }[] }).scores.map(({ elbo }) => elbo);
    };
    const [own, ones, twos] = [
      await all('--maps=by.png'),
      await all('--condition=1'),
      await all('--condition=2'),
    ];
    expect(own).toEqual([ones[0], twos[1]]);
    expect(own).not.toEqual(ones);
    const embedded = await callCommand(['embed', conditional, 'byclass', '-o', 'by.npy'], { cwd });
    expect([embedded.code, embedded.stderr]).toEqual([0, '']);
    const alike = ['embed', conditional, 'byclass', '-o', 'by-1.npy', '--condition', '1'];
    expect((await callCommand(alike, { cwd })).stderr).toBe(
      '--condition 1 counts for all items; their own labels (2, …) are not used. Leave it out to take those.\n',
    );
    for (const args of [
      ['score', conditional, 'digits'],
      ['embed', conditional, 'digits', '-o', 'none.npy'],
    ]) {
      const { code, stderr } = await callCommand(args, { cwd });
      expect([code, stderr]).toEqual([
        2,
        expect.stringMatching(
          /^error: --condition: .*in a folder named by its own, received nothing/,
        ),
      ]);
    }
  });

  test('writes variants into the same folders, of what can be read', async () => {
    await cp(join(cwd, 'digits'), join(cwd, 'few'), { recursive: true });
    await writeFile(join(cwd, 'few/odd/broken.png'), 'no picture');
    const report = await run('augment', MODEL, 'few', '-n', '3', '-o', 'more');
    expect(report).toMatchObject({ count: 18, bad: [{ id: 'odd/broken.png' }] });
    const variants = await readdir(join(cwd, 'more/even'));
    expect(variants.sort().slice(0, 3)).toEqual(['0-0.png', '0-1.png', '0-2.png']);
    expect(await pixels('more/even/0-0.png')).not.toBe(await pixels('more/even/0-1.png'));
    // What came out is a data set of two classes.
    const { stdout } = await runCommand(['data', 'more', '--json'], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({ classes: [{ count: 9 }, { count: 9 }] });
  });
});

describe('latentkit directions, then edit', () => {
  test('finds thickness, slant and scale, keeps them, and edits by them', async () => {
    await cp(join(ROOT, 'models/strokes-vae'), join(cwd, 'strokes'), { recursive: true });
    const args = ['directions', 'strokes', '--items', '3000', '--attributes=thickness,slant'];
    const { code, stdout, stderr } = await runCommand([...args, '--record'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^attribute +1 σ +R² .*\nthickness +0\.7\d+ +0\.\d+\nslant +0\.19\d +0\.\d+\n$/,
    );
    expect(stderr).toContain('Recorded on the card of strokes');
    const edit = ['digits/odd/3.png', '--amount=-2,0,2', '-o', 'edited'];
    const { files } = await run('edit', 'strokes', ...edit, '--attribute', 'thickness');
    const ink = await Promise.all(
      files.map(async (file) => {
        const { channels } = await sharp(file).stats();
        return channels[0]!.mean;
      }),
    );
    expect(ink[0]! < ink[1]! && ink[1]! < ink[2]!).toBe(true);
    const unknown = await callCommand(['edit', 'strokes', ...edit, '--attribute=age'], { cwd });
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain("('thickness', 'slant')");
    expect((await callCommand(['info', 'strokes'], { cwd })).stdout).toContain('thickness');
  });

  test('fits a mixture, and draws from it', async () => {
    const refused = await callCommand(['sample', MODEL, '--sampler=mixture', '-o', 'x'], { cwd });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('directions MODEL --mixture --record');
    await cp(join(ROOT, 'models/strokes-vae'), join(cwd, 'mixed'), { recursive: true });
    const args = ['directions', 'mixed', '--items=1000', '--mixture', '--record', '--json'];
    const { stdout } = await callCommand(args, { cwd });
    const { mixture } = JSON.parse(stdout) as { mixture: { fits: unknown[]; components: number } };
    expect(mixture.fits.length).toBeGreaterThan(3);
    await run('sample', 'mixed', '--sampler=mixture', '-o', 'mixture.png');
  });
});

describe('latentkit score', () => {
  test('shows the oddest first, sets a threshold, and knows the odd ones by it', async () => {
    await cp(MODEL, join(cwd, 'judge'), { recursive: true });
    await writeDigits(join(cwd, 'good'), 60);
    const set = ['score', 'judge', 'good', '--false-alarms=0.05', '--record'];
    const { code, stdout, stderr } = await runCommand(set, { cwd });
    expect([code, stderr]).toEqual([0, 'Recorded on the card.\n']);
    expect(stdout).toMatch(
      /^ELBO +reconstruction +KL +picture\n[\s\S]*\n3 of 60 pictures are odd by the ELBO\.\nthreshold: -\d+\.\d{3} nats\n$/,
    );
    const noise = Uint8Array.from({ length: 784 }, (_, i) => (i * i * 31) % 256);
    const raw = { width: 28, height: 28, channels: 1 } as const;
    await sharp(noise, { raw }).png().toFile(join(cwd, 'good/noise.png'));
    const json = await callCommand(['score', 'judge', 'good', 'text.png', '--json'], { cwd });
    const { scores, bad } = JSON.parse(json.stdout) as {
      scores: { id: string; odd: boolean; elbo: number }[];
      bad: unknown[];
    };
    expect([scores.length, bad.length]).toEqual([61, 1]);
    expect(scores.find(({ id }) => id.endsWith('noise.png'))).toMatchObject({ odd: true });
    expect(scores.filter(({ odd }) => odd)).toHaveLength(4);
    const out = await callCommand(['score', 'judge', 'good', '-o', 'scores.csv', '-n1'], { cwd });
    expect(out.stdout).toContain('noise.png');
    const lines = (await readFile(join(cwd, 'scores.csv'), 'utf8')).trim().split('\n');
    expect([lines[0], lines.length]).toEqual(['id,elbo,reconstruction,kl,odd', 62]);

    const drawn = ['score', 'judge', 'good', '--importance=5', '--maps=odd.png', '-o', 'w.csv'];
    const maps = await callCommand([...drawn, '-n12'], { cwd });
    expect(maps.stderr).toContain('The oddest are drawn in odd.png.');
    expect(maps.stdout).toMatch(/^ELBO +reconstruction +KL +weighted +picture\n/);
    expect(await readFile(join(cwd, 'w.csv'), 'utf8')).toMatch(
      /^id,elbo,reconstruction,kl,importanceWeighted,odd\n"[^"]+"(?:,-?[\d.]+){4},(?:true|false)\n/,
    );
    // Two blocks of three rows of ten, of 28 pixels three times enlarged.
    const { width = 0, height = 0 } = await sharp(join(cwd, 'odd.png')).metadata();
    expect([width, height].map((side) => Math.round(side / 29 / 3))).toEqual([10, 6]);
  });
});

test('latentkit directions looks at items of all classes, however few', async () => {
  await writeDigits(join(cwd, 'by-class'), 40);
  const args = ['directions', MODEL, '--data=by-class', '--items=10', '--json'];
  const { code, stdout } = await callCommand(args, { cwd });
  expect(code).toBe(0);
  expect(JSON.parse(stdout).directions.map(({ name }: { name: string }) => name)).toEqual(
    expect.arrayContaining(['even', 'odd']),
  );
});

test('latentkit score --by density goes by a mixture of unlabelled pictures on the card', async () => {
  await cp(MODEL, join(cwd, 'dense'), { recursive: true });
  await writeDigits(join(cwd, 'plain'), 80);
  const call = async (...args: string[]) => {
    const { code, stdout, stderr } = await callCommand(args, { cwd });
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('rror')]);
    return stdout;
  };
  const fit = [
    'directions',
    'dense',
    '--data=plain/odd',
    '--mixture',
    '--components=1,2',
    '--record',
  ];
  expect(await call(...fit)).toMatch(/^mixture of [12] Gaussians?\n$/);
  const set = ['--by=density', '--false-alarms=0.05', '--record', '--json'];
  const { scores, threshold } = JSON.parse(await call('score', 'dense', 'plain', ...set)) as {
    scores: { odd: boolean; density: number }[];
    threshold: number;
  };
  expect(scores.filter(({ odd }) => odd)).toHaveLength(4);
  expect(scores.filter(({ density }) => density < threshold)).toHaveLength(4);
  // What is odd by one score is not so by the other, for which the card has no threshold.
  const both = await call('score', 'dense', 'plain', '--by=elbo', '-n80');
  expect(both).not.toMatch(/ odd /);
  await call('score', 'dense', 'plain', '--false-alarms=0.1', '--record');
  expect(await call('score', 'dense', 'plain', '--by=elbo')).toMatch(
    /\n8 of 80 pictures are odd by the ELBO\.\n$/,
  );
  expect(await call('score', 'dense', 'plain', '--by=density')).toMatch(
    /\n4 of 80 pictures are odd by the density of the latents\.\n$/,
  );
  expect(await call('info', 'dense')).toMatch(/threshold +density +-?\d/);
  const table = await call('score', 'dense', 'plain', '--by=density', '-n80', '-o', 'dense.csv');
  const rows = table.split('\n').filter((line) => line.endsWith('.png'));
  const densities = rows.map((row) => Number(row.split(/ +/)[3]));
  expect(densities).toEqual(densities.toSorted((a, b) => a - b));
  expect(rows.map((row) => / odd /.test(row))).toEqual(rows.map((_, i) => i < 4));
  expect(await readFile(join(cwd, 'dense.csv'), 'utf8')).toMatch(
    /^id,elbo,reconstruction,kl,density,odd\n/,
  );
});

describe('what the verbs refuse, in a sentence', () => {
  test.each([
    ['sample MODEL -n 0 -o x', 2, 'count'],
    ['sample MODEL --sampler flow -o x', 2, "'mixture'"],
    ['sample MODEL', 2, "required option '-o, --out <path>'"],
    ['sample MODEL -o /proc/x/y.png', 1, 'Could not write'],
    ['sample MODEL --scale 0 -o x', 2, '--scale: expected an integer from 1 to 256, received 0'],
    ['sample MODEL --scale 0 -o x.png', 2, '--scale: expected an integer from 1 to 256'],
    ['sample MODEL --scale 257 -o x.gif', 2, '--scale: expected an integer from 1 to 256'],
    ['sample MODEL --columns 0 -o x.png', 2, '--columns: expected an integer of at least 1'],
    ['decode MODEL v.npy --columns=-3 -o x.png', 2, '--columns: expected an integer of at least 1'],
    ['sample MODEL --scale 256 -o x.png', 2, 'too large to draw'],
    ['sample MODEL -n 1 --columns 100000000 -o x.png', 2, 'too large to draw'],
    ['sample MODEL -n 9 --scale 256 -o x.webp', 2, 'too large to draw'],
    ['sample MODEL -o x.jpg', 2, "a sheet (.png), or frames (.webp, .gif); 'x.jpg/' is a folder"],
    ['edit MODEL digits/odd/1.png --attribute a --amount 1 -o x.TIFF', 2, 'a sheet (.png)'],
    ['augment MODEL digits -o x.png', 2, 'Expected a folder, which is what is written'],
    ['data digits --sheet x.jpg', 2, '--sheet: expected a path that ends in .png'],
    ['interpolate MODEL digits/odd/1.png -o x', 2, 'pictures: expected two or more'],
    ['sample MODEL -o text.png/x.png', 1, 'Could not write'],
    ['data digits --sheet text.png/x.png', 1, 'Could not write'],
    ['score MODEL digits --maps text.png/x.png', 1, 'Could not write'],
    ['data digits --sheet digits/odd/1.png', 2, '--sheet: expected another file than the pictures'],
    [
      'score MODEL digits --maps digits/odd/1.png',
      2,
      '--maps: expected another file than the pictures',
    ],
    ['sample MODEL -o -', 2, "pictures do not go to standard output; './-' is a folder"],
    ['augment MODEL digits -o -', 2, "standard output holds none; './-' is a folder"],
    ['sample MODEL --columns 2 -o x', 2, '--columns: expected none where --out is no sheet (.png)'],
    ['sample MODEL --columns 2 -o x.gif', 2, '--columns: expected none where --out is no sheet'],
    ['augment MODEL digits/odd -o digits/even', 2, 'that is absent or empty; there is 0.png'],
    ['report MODEL --out digits', 2, 'holds an earlier report (with a report.html); there is'],
    ['quickstart --out digits', 2, 'holds an earlier report (with a report.html); there is'],
    ['sample MODEL -o digits', 2, 'earlier pictures (0000.png, …) alone; there is'],
    ['augment MODEL digits -o digits/more', 2, 'apart from the pictures that are read (digits)'],
    [
      'edit MODEL digits/odd/1.png --attribute a --amount 1 -o digits/odd/1.png',
      2,
      '--out: expected another file than the pictures that are read (digits/odd/1.png)',
    ],
    [
      'interpolate MODEL digits/odd/1.png digits/odd/3.png -o digits/odd/3.png',
      2,
      '--out: expected another file than the pictures that are read (digits/odd/3.png)',
    ],
    ['explore MODEL --data digits --items 0 -o x', 2, '--items: expected an integer of at least 1'],
    ['interpolate MODEL digits/odd/1.png text.png -o x', 1, 'text.png cannot be read'],
    ['interpolate MODEL digits/odd/1.png digits -o x', 1, 'digits is a folder, and no picture'],
    ['edit MODEL digits --attribute a --amount 1 -o x', 1, 'digits is a folder, and no picture'],
    [
      'interpolate MODEL digits/odd/1.png digits/odd/3.png --steps 1 -o x',
      2,
      '--steps: expected an integer of at least 2, both ends included, received 1.',
    ],
    ['explore MODEL --data digits --port 99999 -o x', 2, '--port: expected'],
    ['score MODEL digits -n -1', 2, '--count: expected an integer of at least 0'],
    ['score MODEL digits -n 0 --maps x.png', 2, '--count: expected an integer of at least 1'],
    ['interpolate MODEL digits/odd/1.png digits/odd/3.png --path arc -o x', 2, "'slerp'"],
    ['decode MODEL text.npy -o x', 1, 'text.npy lacks'],
    ['decode MODEL digits -o x', 1, 'digits is a folder; a file of vectors was expected'],
    ['embed MODEL digits -o digits.npy', 2, 'out: expected the path of a file, or of none yet'],
    ['info text.npy', 2, "which 'latentkit export' wrote, received 'text.npy, a file'"],
    ['decode MODEL none.npy -o x', 1, 'There is no file none.npy'],
    ['edit MODEL digits/odd/1.png --attribute a --amount much -o x', 2, 'such as -2,0,2'],
    ['edit MODEL none.png --attribute a --amount 1 -o x', 1, 'none.png does not exist'],
    ['augment MODEL empty -o x', 1, 'There are no pictures in'],
    ['augment MODEL digits -n 0 -o x', 2, 'count'],
    ['score MODEL empty', 1, 'There are no pictures in'],
    ['score MODEL digits --record', 2, '--false-alarms'],
    [
      'score MODEL digits --record -n 1',
      2,
      '--record: expected --false-alarms beside it, which says where the threshold is, received none.',
    ],
    ['score MODEL digits --false-alarms 0.01', 2, 'at least 100 pictures to tell'],
    ['score MODEL digits -o x.txt', 2, '.csv or .jsonl'],
    ['score MODEL digits --maps x.jpg', 2, 'ends in .png'],
    ['score MODEL digits --importance 0', 2, 'importance'],
    ['score MODEL digits --by density', 2, 'directions MODEL --data PICTURES --mixture --record'],
    ['score MODEL digits --by kl', 2, 'Allowed choices are elbo, density'],
    ['sample MODEL -n 2 --seed 1 --out=', 2, 'a folder (a PNG each)'],
    ['directions MODEL --data digits --components 2', 2, 'none without --mixture'],
    ['directions MODEL --data digits --mixture --components 2,x', 2, 'whole number'],
    ['directions MODEL --data digits --attributes wings', 2, "some of 'even', 'odd'"],
  ])('%s', async (line, code, message) => {
    const args = line.split(' ').map((word) => (word === 'MODEL' ? MODEL : word));
    const result = await callCommand(args, { cwd });
    expect([result.code, result.stdout]).toEqual([code, '']);
    expect(result.stderr).toContain(message);
    expect(result.stderr).not.toMatch(/^ {4}at /m);
    expect((await readdir(cwd)).filter((name) => /^x(\.|$)/.test(name))).toEqual([]);
  });
});
