import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
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
