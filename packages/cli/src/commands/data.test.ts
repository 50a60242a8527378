import { copyFileSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { EXIT } from '../exit-codes.ts';
import { main } from '../main.ts';

let folder: string;
const cache = process.env['LATENTKIT_CACHE'];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latentkit-data-'));
  process.env['LATENTKIT_CACHE'] = join(folder, 'cache');
  for (const [i, label] of ['ant', 'bee', 'ant', 'bee', 'bee'].entries()) {
    mkdirSync(join(folder, 'set', label), { recursive: true });
    const background = { r: 40 * i, g: 255 - 30 * i, b: 100 };
    await sharp({ create: { width: 24, height: 12, channels: 3, background } })
      .png()
      .toFile(join(folder, 'set', label, `${i}.png`));
  }
  writeFileSync(join(folder, 'set', 'ant', 'bad.png'), 'text');
});
afterAll(async () => {
  if (cache === undefined) delete process.env['LATENTKIT_CACHE'];
  else process.env['LATENTKIT_CACHE'] = cache;
  await rm(folder, { recursive: true });
});

async function latentkit(...args: string[]) {
  const [out, err]: [string[], string[]] = [[], []];
  const io = {
    out: (text: string) => void out.push(text),
    err: (text: string) => void err.push(text),
    interactive: false,
  };
  const code = await main(args, io);
  return { code, out: out.join('\n'), err: err.join('\n') };
}

test('says what is there and what to type next, and draws a sheet', async () => {
  const sheet = join(folder, 'sheets', 'set.png');
  const { code, out } = await latentkit('data', join(folder, 'set'), '--sheet', sheet);
  expect(code).toBe(EXIT.ok);
  expect(out).toMatch(/data +set: 5 items, \d to train on, \d to validate, \d to test/);
  expect(out).toMatch(/pictures +12 × 24 pixels \(of 5 looked at\)/);
  expect(out).toMatch(/items +12 × 24 \(height × width\), in colour/);
  expect(out).toMatch(/classes +2: ant \(2\), bee \(3\)/);
  expect(out).toMatch(/bad +1\n +- ant\/bad\.png: it is no picture/);
  expect(out).toMatch(/Next: +npx latentkit train --data \S+set --image 12x24 --max-bad 0\.17/);
  expect(out).toMatch(/ --out runs\/set$/);
  expect(out).toContain(`sheet     ${sheet}\n`);
  expect((await sharp(sheet).metadata()).format).toBe('png');
});

test('arrays of another scale are told of, with what to do', async () => {
  const values = Float32Array.from({ length: 20 * 16 }, (_, i) => (i * 7) % 256);
  const head = npyHead('<f4', [20, 4, 4]);
  const path = join(folder, 'f255.npy');
  writeFileSync(path, Buffer.concat([head, Buffer.from(values.buffer)]));
  const { code, out, err } = await latentkit('data', path);
  expect(code).toBe(EXIT.ok);
  expect(out).toMatch(/values +0 to 255\n/);
  expect(err).toMatch(/^warning: The items hold values from 0 to 255, .*astype\('uint8'\)/);
  const told = JSON.parse((await latentkit('data', path, '--json')).out);
  expect(told).toMatchObject({ valueRange: [0, 255], warnings: [expect.any(String)] });
});

test('a sheet shows all classes, from their first items to their last', async () => {
  const count = 400;
  // Dark items first, then bright ones.
  const values = Uint8Array.from({ length: count * 16 }, (_, i) => (i < count * 8 ? 10 : 240));
  const path = join(folder, 'sorted.npy');
  writeFileSync(path, Buffer.concat([npyHead('|u1', [count, 4, 4]), values]));
  const sheet = join(folder, 'sorted.png');
  await latentkit('data', path, '--sheet', sheet);
  const data = await sharp(sheet).raw().toBuffer();
  // Between the ground of the sheet and its edges: grey is drawn in tones.
  const dark = data.filter((value) => value > 30 && value < 60).length;
  const bright = data.filter((value) => value > 200).length;
  expect(Math.abs(dark / bright - 1)).toBeLessThan(0.1);
});

test('the share of bad pictures is that which training counts', async () => {
  const set = join(folder, 'linked');
  mkdirSync(set);
  for (let i = 0; i < 6; i++)
    copyFileSync(join(folder, 'set', 'bee', '1.png'), join(set, `${i}.png`));
  writeFileSync(join(set, 'bad.png'), 'text');
  symlinkSync(join(set, 'gone.png'), join(set, 'link.png'));
  const { out } = await latentkit('data', set);
  expect(out).toMatch(/bad +2\n/);
  // 1 of 7 pictures: the link is no picture.
  expect(out).toContain('--max-bad 0.15');
});

/** The head of an .npy file. */
function npyHead(type: string, dims: readonly number[]): Buffer {
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': (${dims.join(', ')}), }`;
  const header = `${text.padEnd(117)}\n`;
  const head = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, header.length, 0]);
  return Buffer.concat([head, Buffer.from(header, 'latin1')]);
}

test('--json is for machines; options come back in the command', async () => {
  const { out } = await latentkit(
    'data',
    join(folder, 'set'),
    '--json',
    '--image',
    '8',
    '--colour',
    'grey',
  );
  expect(JSON.parse(out)).toMatchObject({
    name: 'set',
    itemShape: [8, 8, 1],
    classes: [
      { name: 'ant', count: 2 },
      { name: 'bee', count: 3 },
    ],
    bad: [{ id: 'ant/bad.png' }],
    command: expect.stringContaining('--image 8x8 --colour grey'),
  });
});

test.each([
  [['none'], EXIT.failure, /There is no .*none/],
  [['set', '--image', '8by8'], EXIT.usage, /image size: expected height x width/],
  [['set', '--fit', 'inside'], EXIT.usage, /fit: expected/],
  [['set', '--sheet', 'sheet.jpg'], EXIT.usage, /--sheet: expected a path that ends in \.png/],
])('data %j fails with a reason', async ([path = '', ...args], wanted, message) => {
  const { code, err } = await latentkit('data', join(folder, path), ...args);
  expect(code).toBe(wanted);
  expect(err).toMatch(message);
});
