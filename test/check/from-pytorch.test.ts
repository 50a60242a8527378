import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { adoptModel, checkModels, formatReport } from '@latentkit/check';
import { loadAutoencoder } from '@latentkit/node';
import { ROOT, runCommand, scratchFolder } from '../cli/run-command.ts';
import { findTorch } from '../outside/find-torch.ts';
import { skipSuite } from '../outside/skip-suite.ts';

const GUIDE = join(ROOT, 'docs/from-pytorch.md');

test('the guide takes ten commands at most, with options that there are', async () => {
  const text = await readFile(GUIDE, 'utf8');
  const shells = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, code]) => code!);
  const commands = shells.flatMap((code) => code.trim().split('\n'));
  expect(commands.length).toBeGreaterThan(4);
  expect(commands.length).toBeLessThanOrEqual(10);
  const { stdout: help } = await runCommand(['adopt', '--help']);
  const typed = commands.filter((command) => command.startsWith('npx latentkit adopt '));
  expect(typed).toHaveLength(1);
  const table = [...text.matchAll(/^\|.*\|$/gm)].join('\n');
  for (const [option] of `${typed.join()}\n${table}`.matchAll(/--[a-z][\w-]*/g)) {
    expect(help).toContain(option);
  }
});

const torch = findTorch();

if ('missing' in torch) {
  skipSuite('Models of PyTorch', torch.missing);
} else {
  describe('docs/from-pytorch.md', () => {
    test.each([
      ['the exporter of today', []],
      ['the TorchScript exporter', ['--legacy']],
    ])(
      'a VAE by %s: adopted, checked, and the same embeddings as in PyTorch',
      async (_, options) => {
        const folder = await scratchFolder();
        const script = join(ROOT, 'examples/python/export_vae.py');
        const { status, stderr } = spawnSync(
          torch.python,
          [script, folder, '--steps', '150', ...options],
          { encoding: 'utf8' },
        );
        expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
        const out = join(folder, 'model');
        const files = {
          encoder: join(folder, 'encoder.onnx'),
          decoder: join(folder, 'decoder.onnx'),
        };
        const { card } = await adoptModel({ ...files, image: '16x16x1', out });
        expect(card.item).toEqual({ shape: [1, 16, 16], layout: 'CHW', range: [0, 1] });
        const report = await checkModels([out]);
        expect(report.passed ? '' : formatReport(report, 'human')).toBe('');
        const expected = JSON.parse(
          await readFile(join(folder, 'expected.json'), 'utf8'),
        ) as Record<'items' | 'embeddings', number[]>;
        const vae = await loadAutoencoder(out);
        const { data } = await vae.encoder.embed(Float32Array.from(expected.items));
        const errors = expected.embeddings.map((value, i) => Math.abs(value - (data[i] as number)));
        expect(Math.max(...errors)).toBeLessThan(1e-5);
        await vae.dispose();
      },
      300_000,
    );
  });
}
