import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { WholeCard } from '@latentkit/core';
import { curveGroups, drawCurves } from '../../scripts/docs/models/curves.ts';
import { modelsPage } from '../../scripts/docs/models/models-page.ts';
import { type DescribedModel, readModels } from '../../scripts/docs/models/read-models.ts';
import { judge, type Target } from '../../scripts/docs/models/targets.ts';
import { RECIPES } from '../../scripts/models/recipes.ts';
import { recordOf, thinned } from '../../scripts/models/record.ts';

const ROOT = join(__dirname, '../..');

const file = (name: string, bytes: number) => ({ file: name, bytes, sha256: 'a'.repeat(64) });
const graph = (name: string) => ({
  inputs: [],
  outputs: [],
  files: { fp32: file(`${name}.onnx`, 2e6), fp16: file(`${name}.fp16.onnx`, 1e6) },
});

/** A model with these figures, whose test loss went through these values. */
function model(
  folder: string,
  figures: Readonly<Record<string, number>>,
  { losses = [], ...changes }: Partial<WholeCard> & { losses?: readonly number[] } = {},
): DescribedModel {
  const card: WholeCard = {
    format: 1,
    name: folder,
    family: 'vae',
    item: { shape: [28, 28, 1], layout: 'HWC', range: [0, 1] },
    preprocessing: { scale: 1 / 255, offset: 0 },
    likelihood: { kind: 'bernoulli' },
    latent: { kind: 'gaussian', size: 20 },
    graphs: { encoder: graph('encoder'), decoder: graph('decoder') },
    metrics: Object.entries(figures).map(([name, value]) => ({
      name,
      value,
      unit: 'nats per item',
      protocol: 'as ever',
      split: 'test',
      count: 100,
    })),
    provenance: {
      dataset: 'mnist',
      seed: 1,
      epochs: losses.length,
      binarisation: 'dynamic',
      objective: 'ELBO',
      engine: 'onnx',
      seconds: 4321,
      command: 'latentkit train',
      tools: {},
    },
    tolerance: { cpu: 1e-4 },
    ...changes,
  };
  const terms = (loss: number) => ({ loss, reconstruction: loss, kl: 0 });
  const epochs = losses.map((loss, i) => ({
    epoch: i + 1,
    step: i + 1,
    train: terms(loss),
    test: terms(loss),
    seconds: i + 2,
  }));
  return {
    name: folder,
    kept: false,
    card,
    curve: losses.length > 0 ? { format: 1, epochs } : undefined,
  };
}

describe('the recipes', () => {
  const described = readModels(join(ROOT, 'models'), join(ROOT, 'docs/models'));

  test('are of the models that are described, and of no others', () => {
    const names = ({ name, kept }: { name: string; kept?: boolean }) => [name, kept ?? false];
    expect(RECIPES.map(names)).toEqual(described.map(names));
  });

  test.each(RECIPES)('say how $name was made', ({ name, train, fp16 = false, nll = false }) => {
    const { card } = described.find((each) => each.name === name) as DescribedModel;
    expect(card.name).toBe(name);
    const options = (command: string) => command.split(/ (?=--)/).sort();
    expect(options(card.provenance.command ?? '')).toEqual(options(`latentkit train ${train}`));
    expect(Object.values(card.graphs).map((graph) => graph?.files.fp16 !== undefined)).toEqual(
      Object.values(card.graphs).map(() => fp16),
    );
    expect(card.metrics.some((metric) => metric.name === 'NLL')).toBe(nll);
  });
});

describe('what is kept of a model that is not in the repository', () => {
  test('is its card and its curve', async () => {
    const records = await mkdtemp(join(tmpdir(), 'latentkit-records-'));
    try {
      await writeFile(
        join(records, 'mnist-vae.json'),
        await recordOf(join(ROOT, 'models/mnist-vae')),
      );
      const described = readModels(join(ROOT, 'models'), records);
      const [whole, told] = described.filter(({ name }) => name === 'mnist-vae');
      expect(whole?.curve?.epochs).toHaveLength(10);
      expect(told).toEqual({ ...whole, kept: !whole?.kept });
    } finally {
      await rm(records, { recursive: true, force: true });
    }
  });
});

test('of a long training every so many epochs are kept, the last among them', () => {
  const curve = (count: number) => ({
    format: 1 as const,
    epochs: Array.from({ length: count }, (_, i) => {
      const terms = { loss: i, reconstruction: i, kl: 0 };
      return { epoch: i + 1, step: i + 1, train: terms, test: terms };
    }),
  });
  expect(thinned(curve(130))).toEqual(curve(130));
  expect(thinned(curve(0))).toEqual(curve(0));
  const kept = thinned(curve(1700)).epochs.map(({ epoch }) => epoch);
  expect(kept).toHaveLength(189);
  expect(kept.slice(0, 2)).toEqual([8, 17]);
  expect(kept.at(-1)).toBe(1700);
});

describe('the verdicts', () => {
  const codes: Partial<WholeCard> = {
    latent: { kind: 'codes', size: 784, grid: [7, 7], codes: 128, dim: 16 },
  };
  const models = [
    model('a', { NLL: 86 }),
    model('b', { NLL: 85.6 }),
    model('c', { perplexity: 64 }, codes),
    model('d', {}),
  ];

  test.each<[Target['bound'], string, boolean]>([
    [{ atMost: 86 }, 'a', true],
    [{ atMost: 85.9 }, 'a', false],
    [{ atLeast: 86 }, 'a', true],
    [{ atLeast: 87 }, 'a', false],
    [{ above: 'b' }, 'a', true],
    [{ above: 'a' }, 'b', false],
    [{ below: 'a', by: 0.4 }, 'b', true],
    [{ below: 'a', by: 0.5 }, 'b', false],
  ])('%j for %s: %s', (bound, of, reached) => {
    const [verdict] = judge(models, [{ model: of, metric: 'NLL', bound }]);
    expect(verdict?.reached).toBe(reached);
  });

  test('count codes by the size of the codebook', () => {
    const reached = (shareOfCodes: number) =>
      judge(models, [{ model: 'c', metric: 'perplexity', bound: { shareOfCodes } }])[0];
    expect(reached(0.5)).toMatchObject({ reached: true, wanted: '≥ 64 (50 % of the codebook)' });
    expect(reached(0.6)?.reached).toBe(false);
  });

  test('are open where a figure is missing, and absent where the model is', () => {
    const target = { metric: 'NLL', bound: { atMost: 90 } };
    expect(judge(models, [{ model: 'd', ...target }])[0]?.reached).toBeUndefined();
    expect(
      judge(models, [{ model: 'a', metric: 'NLL', bound: { below: 'd', by: 1 } }])[0]?.reached,
    ).toBeUndefined();
    expect(judge(models, [{ model: 'e', ...target }])).toEqual([]);
  });
});

describe('the curves', () => {
  const models = [
    model('long', {}, { losses: Array.from({ length: 300 }, (_, i) => 90 + 60 / (i + 1)) }),
    model('short', {}, { losses: [160, 120] }),
    model('once', {}, { losses: [-800.5] }),
    model('untold', {}),
    model('grid', {}, { losses: [5, 4], latent: { kind: 'point', size: 20 }, family: 'ae' }),
  ];

  test('of one kind of loss share a picture', () => {
    const groups = curveGroups(models);
    expect(groups.map(({ key, models }) => [key, models.map(({ name }) => name)])).toEqual([
      ['mnist-dynamic-bernoulli', ['long', 'short', 'once']],
      ['mnist-dynamic-bernoulli-point', ['grid']],
    ]);
  });

  test('are drawn inside the picture, labelled apart, and said in words', () => {
    for (const group of curveGroups(models)) {
      const svg = drawCurves(group);
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
      expect(svg.match(/<path [^>]*clip-path/g)).toHaveLength(group.models.length);
      for (const [, y] of svg.matchAll(/cy="([\d.-]+)"/g)) {
        expect(Number(y)).toBeGreaterThanOrEqual(33.9);
      }
      const heights = [...svg.matchAll(/y="([\d.-]+)"[^>]*font-weight/g)].map(([, y]) => Number(y));
      expect(heights).toHaveLength(group.models.length);
      heights.sort((a, b) => a - b);
      for (const [i, y] of heights.entries()) {
        expect(y).toBeGreaterThan(10);
        expect(y).toBeLessThan(330);
        if (i > 0) expect(y - (heights[i - 1] as number)).toBeGreaterThanOrEqual(15.9);
      }
      const points = [...svg.matchAll(/[ML]([\d.-]+) ([\d.-]+)/g)];
      for (const [, x, y] of points) {
        expect(Number(x)).toBeGreaterThanOrEqual(56);
        expect(Number(x)).toBeLessThanOrEqual(560);
        // The first epochs may lie above the plot, where they are cut off.
        expect(Number(y)).toBeLessThanOrEqual(290.1);
      }
      expect(svg).toMatch(/aria-label="Test losses .*from -?\d+\.\d to -?\d+\.\d in \d+ epochs/);
    }
  });
});

describe('the page', () => {
  test('puts models beside published figures of their own protocol alone, in order', () => {
    const grey = {
      provenance: { ...model('x', {}).card.provenance, binarisation: 'none' as const },
    };
    const page = modelsPage([
      model('mnist-iwae', { NLL: 85 }, { losses: [100, 90] }),
      { ...model('mnist-vae', { NLL: 80, 'test loss': 105 }, grey), kept: true },
    ]);
    const table = page.split('### Dynamically binarised MNIST')[1]?.split('\n### ')[0] ?? '';
    const rows = [...table.matchAll(/^\| (\S.*?) \| ([\d.]+) \|/gm)].map(([, name]) => name);
    expect(rows).toContain('**mnist-iwae**');
    expect(rows).not.toContain('**mnist-vae**');
    const values = [...table.matchAll(/^\| \S.*? \| ([\d.]+) \|/gm)].map(([, value]) =>
      Number(value),
    );
    expect(values).toEqual([...values].sort((a, b) => a - b));
    expect(page).toContain('| mnist-iwae | NLL | 85 | ≤ 85.1 | yes |');
    expect(page).toContain('4.00 MB (fp16: 2.00 MB)');
    expect(page).toContain('| 72 min | 3.0 s |');
    expect(page).toContain('[4.00 MB (fp16: 2.00 MB)](../models/mnist-vae)');
    expect(page).toContain('made again by `npm run make:models -- mnist-iwae`');
    expect(page).not.toContain('npm run make:models -- mnist-vae`');
    expect(page).toContain('](images/training-mnist-dynamic-bernoulli.svg)');
  });

  test('says so where a target is not reached, and of no model at all', () => {
    const missed = modelsPage([model('mnist-vae', { 'test loss': 110 })]);
    expect(missed).toMatch(/\| mnist-vae \| test loss \| 110 \| ≤ 105\.6 \| \*\*no\*\*/);
    expect(modelsPage([])).not.toMatch(/NaN|undefined/);
  });
});
