import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { tinyModel, writeFiles } from '../../../../test/fixtures/tiny-model.ts';
import { main } from '../main.ts';
import { recordingIo } from '../testing.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'latentkit-adopt-'));
  await writeFiles(root, tinyModel().files);
});
afterAll(() => rm(root, { recursive: true, force: true }));

test('a normalisation that does not fit is refused by the options that were typed', async () => {
  const io = recordingIo();
  const { shape } = tinyModel().card.item;
  const files = [join(root, 'encoder.onnx'), join(root, 'decoder.onnx')];
  const image = ['--image', shape.join('x'), '--out', join(root, 'out')];
  const given = ['--pixel-mean', '0.1,0.2', '--pixel-std', '0.5,0.5'];
  expect(await main(['adopt', ...files, ...image, ...given], io)).not.toBe(0);
  expect(io.said.join('\n')).toContain('--pixel-mean and --pixel-std: expected');
  expect(io.said.join('\n')).not.toContain('normalise');
});

test('a model that does not pass is told of, with what to do about its folder', async () => {
  const io = recordingIo();
  const { shape } = tinyModel().card.item;
  const files = [join(root, 'encoder.onnx'), join(root, 'decoder.onnx')];
  const out = join(root, 'swapped');
  const swapped = ['--map', 'mean=log_var', '--map', 'log_var=mean'];
  expect(
    await main(['adopt', ...files, '--image', shape.join('x'), '--out', out, ...swapped], io),
  ).toBe(1);
  const said = io.said.join('\n');
  expect(said).toContain(`FAIL ${out}`);
  expect(said).toContain(`${out} holds the model as it is, which does not pass: do not use it.`);
  expect(await readdir(out)).toContain('model.json');
});

test('a range that falls is told which number comes first', async () => {
  const io = recordingIo();
  const given = ['--image', '4x4x1', '--out', join(root, 'falling'), '--range', '1,0'];
  expect(await main(['adopt', join(root, 'encoder.onnx'), ...given], io)).toBe(2);
  expect(io.said.join('\n')).toContain('the lower one first');
});
