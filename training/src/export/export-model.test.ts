import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseCard, type Tensor, wholeCard } from '@latentkit/core';
import { createRunner, type GoldenGraph, loadAutoencoder, loadGolden } from '@latentkit/node';
import { loadDataset } from '../data/load-dataset.ts';
import type { GraphVariant } from '../graphs/variants.ts';
import { evaluate } from '../judge/evaluate.ts';
import { type TrainResult, train } from '../run/train.ts';
import type { DatasetConfig } from '../settings/config.ts';
import { codeOf, errorOf, removeTemporaryFolders, smallRun, temporaryFolder } from '../testing.ts';
import { type ExportPhase, type ExportReport, exportModel } from './export-model.ts';
import { TRAINING_FILE, type TrainingCurve, totalSeconds } from './training-curve.ts';

const FILES = [
  'README.md',
  'decoder.onnx',
  'encoder.onnx',
  'golden.safetensors',
  'model.json',
  'training.json',
];

const contents = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'base64')]),
  );

describe('exportModel', () => {
  let run: TrainResult;
  let report: ExportReport;
  let outDir: string;
  const phases: ExportPhase[] = [];

  beforeAll(async () => {
    run = await train(smallRun(temporaryFolder()));
    outDir = join(temporaryFolder(), 'models', 'small');
    report = await exportModel({
      runDir: run.runDir,
      outDir,
      onPhase: (phase) => phases.push(phase),
    });
  });
  afterAll(removeTemporaryFolders);

  test.each([
    [0, /as they were drawn: no step was trained/],
    [3, /Not one epoch .* 3 steps were trained/],
  ])('says that a run stopped after %i steps is hardly a model', async (steps, warning) => {
    const runDir = temporaryFolder();
    const controller = new AbortController();
    await train(smallRun(runDir), {
      signal: controller.signal,
      onEvent: (event) => {
        const reached = event.type === 'step' ? event.step : event.type === 'start' ? 0 : undefined;
        if (reached === steps) controller.abort();
      },
    });
    const { warnings } = await exportModel({ runDir, outDir: temporaryFolder(), evaluate: false });
    expect(warnings).toEqual([expect.stringMatching(warning)]);
    expect(report.warnings).toEqual([]);
  });

  test('writes the whole folder, and nothing beside it', () => {
    expect(readdirSync(outDir).sort()).toEqual(FILES);
    expect(readdirSync(join(outDir, '..'))).toEqual(['small']);
    expect(phases).toEqual([
      'load',
      'trace',
      'trace',
      'verify',
      'trace',
      'verify',
      'evaluate',
      'write',
    ]);
  });

  test('the card says what is there', () => {
    const card = parseCard(readFileSync(join(outDir, 'model.json'), 'utf8'));
    expect(card).toEqual(report.card);
    expect(card).toMatchObject({
      name: 'strokes-vae',
      family: 'vae',
      item: { shape: [28, 28, 1], layout: 'HWC', range: [0, 1] },
      latent: { kind: 'gaussian', size: 3 },
      likelihood: { kind: 'bernoulli' },
      provenance: {
        dataset: 'strokes',
        epochs: 2,
        seed: 1,
        command:
          'latentkit train --data strokes --train-items 120 --test-items 30 --latent 3 --hidden 16 --epochs 2 --batch 25 --seed 1 --backend wasm',
      },
    });
    for (const { file, bytes, sha256 } of [
      card.graphs.encoder.files.fp32,
      wholeCard(card).graphs.decoder.files.fp32,
      card.golden as NonNullable<typeof card.golden>,
    ]) {
      const data = readFileSync(join(outDir, file));
      expect(data.length).toBe(bytes);
      expect(createHash('sha256').update(data).digest('hex')).toBe(sha256);
    }
  });

  test('the graphs hold what a person would write', () => {
    expect(report.graphs.encoder.nodes).toEqual({ Clip: 1, Gemm: 3, Relu: 1 });
    expect(report.graphs.decoder.nodes).toEqual({ Gemm: 2, Relu: 1, Sigmoid: 1 });
  });

  test('ONNX Runtime does what tfjs did, to 1e-4, and the report says how near', async () => {
    const { graphs } = await loadGolden(outDir);
    for (const name of ['encoder', 'decoder'] as const) {
      const runner = await createRunner(readFileSync(join(outDir, `${name}.onnx`)));
      const { inputs, outputs } = graphs[name] as GoldenGraph;
      const results = await runner.run(inputs);
      await runner.dispose();
      expect(Object.keys(results).sort()).toEqual(Object.keys(outputs).sort());
      for (const [output, { dims, data }] of Object.entries(outputs)) {
        expect(results[output]?.dims).toEqual(dims);
        const received = results[output]?.data as Float32Array;
        const error = Math.max(
          ...(data as Float32Array).map((value, i) => Math.abs(value - (received[i] as number))),
        );
        expect(error).toBeLessThanOrEqual(1e-4);
        expect(error).toBeLessThanOrEqual(
          (report.graphs[name].verification[output]?.maxAbs as number) + 1e-7,
        );
      }
    }
  });

  test('golden items hold ordinary, empty and full images', async () => {
    const { graphs } = await loadGolden(outDir);
    const { inputs } = graphs.encoder as GoldenGraph;
    const { dims, data } = inputs['x'] as Tensor<'float32'>;
    expect(dims).toEqual([6, 784]);
    const row = (i: number) => data.slice(i * 784, (i + 1) * 784);
    expect(new Set(row(4))).toEqual(new Set([0]));
    expect(new Set(row(5))).toEqual(new Set([1]));
    expect(row(0).some((value) => value > 0 && value < 1)).toBe(true);
  });

  test('the test loss from the ONNX files is that of training', async () => {
    const trained = run.history.at(-1)?.test as { loss: number; kl: number };
    const { data } = run.config;
    const evaluation = await evaluate(outDir, { data });
    expect(Math.abs(evaluation.loss - trained.loss)).toBeLessThan(1e-3);
    expect(Math.abs(evaluation.kl - trained.kl)).toBeLessThan(1e-3);
    expect(evaluation.count).toBe(30);
    const figure = report.card.metrics.find(({ name }) => name === 'test loss');
    expect(figure?.value).toBeCloseTo(evaluation.loss, 3);
    expect(figure?.protocol).toMatch(
      /β = 1.*grey.*KL.*one posterior sample.*30 test items of strokes/,
    );
  });

  test('the same weights give the same bytes', async () => {
    const again = join(temporaryFolder(), 'again');
    await exportModel({ runDir: run.runDir, outDir: again });
    expect(contents(again)).toEqual(contents(outDir));
  });

  test('loads through the typed API', async () => {
    const vae = await loadAutoencoder(outDir, { device: 'cpu' });
    expect((await vae.sample(2, { seed: 1 })).mean.dims).toEqual([2, 28, 28, 1]);
    await vae.dispose();
  });

  test('training.json holds what the run went through, and the card what it took', () => {
    const curve = JSON.parse(readFileSync(join(outDir, TRAINING_FILE), 'utf8')) as TrainingCurve;
    const losses = run.history.map(({ test }) => Number(test.loss.toPrecision(7)));
    expect(curve.epochs.map(({ test }) => test.loss)).toEqual(losses);
    const { seconds } = report.card.provenance;
    expect(seconds).toBe(totalSeconds(curve));
    expect(readFileSync(join(outDir, 'README.md'), 'utf8')).toContain(`2 epochs in ${seconds} s`);
  });

  test('half precision, where asked for, is half the size, loads by option, and differs by little', async () => {
    const folder = join(temporaryFolder(), 'half');
    const { card, files, graphs } = await exportModel({
      runDir: run.runDir,
      outDir: folder,
      fp16: true,
    });
    expect(readdirSync(folder).sort()).toEqual(
      [...FILES, 'encoder.fp16.onnx', 'decoder.fp16.onnx'].sort(),
    );
    for (const graph of ['encoder', 'decoder'] as const) {
      const { fp32, fp16 } = card.graphs[graph].files;
      expect(files[`${graph}.fp16.onnx`]).toBe(fp16?.bytes);
      expect(fp16?.bytes).toBeLessThan(0.55 * fp32.bytes);
      const errors = Object.values(graphs[graph].variants.fp16?.verification ?? {});
      expect(errors.length).toBeGreaterThan(0);
      for (const { maxAbs } of errors) expect(maxAbs).toBeGreaterThan(0);
    }
    const [whole, half] = ['test loss', 'test loss, fp16'].map(
      (name) => card.metrics.find((metric) => metric.name === name)?.value as number,
    ) as [number, number];
    expect(Math.abs(half - whole) / whole).toBeLessThan(1e-3);
    const pictures = [];
    for (const dtype of ['fp32', 'fp16'] as const) {
      const vae = await loadAutoencoder(folder, { device: 'cpu', dtype });
      pictures.push((await vae.sample(2, { seed: 1 })).mean.data);
      await vae.dispose();
    }
    const [first, second] = pictures as [Float32Array, Float32Array];
    expect(second).not.toEqual(first);
    const differences = second.map((value, i) => Math.abs(value - (first[i] as number)));
    expect(Math.max(...differences)).toBeLessThan(2e-2);
    // An export without it offers none.
    expect(await codeOf(() => loadAutoencoder(outDir, { dtype: 'fp16' }))).toBe('invalid-argument');
  });

  test('8 bits, where asked for, are about a quarter, load by option, and the card says how far they are off', async () => {
    const folder = join(temporaryFolder(), 'eight');
    const { card, files, graphs } = await exportModel({
      runDir: run.runDir,
      outDir: folder,
      int8: true,
    });
    expect(readdirSync(folder).sort()).toEqual(
      [...FILES, 'encoder.int8.onnx', 'decoder.int8.onnx'].sort(),
    );
    for (const graph of ['encoder', 'decoder'] as const) {
      const { fp32, int8 } = card.graphs[graph].files;
      expect(files[`${graph}.int8.onnx`]).toBe(int8?.bytes);
      expect(int8?.bytes).toBeLessThan(0.4 * fp32.bytes);
      const { verification, kept, error } = graphs[graph].variants.int8 as GraphVariant;
      expect(kept).toEqual([]);
      const worst = Math.max(...Object.values(verification).map(({ maxScaled }) => maxScaled));
      expect(error).toBe(worst);
      expect(int8?.error).toBeCloseTo(worst, 4);
      expect(worst).toBeGreaterThan(1e-4);
    }
    const [whole, eight] = ['test loss', 'test loss, int8'].map(
      (name) => card.metrics.find((metric) => metric.name === name)?.value as number,
    ) as [number, number];
    expect(Math.abs(eight - whole) / whole).toBeLessThan(2e-2);
    await using vae = await loadAutoencoder(folder, { device: 'cpu', dtype: 'int8' });
    expect((await vae.sample(2, { seed: 1 })).mean.dims).toEqual([2, 28, 28, 1]);
  });

  test('replaces an earlier export as a whole, and touches no other folder', async () => {
    const folder = join(temporaryFolder(), 'model');
    mkdirSync(folder);
    writeFileSync(join(folder, 'model.json'), 'an earlier one');
    writeFileSync(join(folder, 'left-over.onnx'), '');
    await exportModel({ runDir: run.runDir, outDir: folder, evaluate: false });
    expect(readdirSync(folder).sort()).toEqual(FILES);

    const other = temporaryFolder();
    writeFileSync(join(other, 'thesis.txt'), 'years of work');
    expect(await codeOf(() => exportModel({ runDir: run.runDir, outDir: other }))).toBe(
      'invalid-argument',
    );
    expect(readdirSync(other)).toEqual(['thesis.txt']);
  });

  test('warns of what another run had made, and of nothing where it is the same run', async () => {
    const folder = join(temporaryFolder(), 'model');
    const warningsOf = async (runDir: string) =>
      (await exportModel({ runDir, outDir: folder, evaluate: false })).warnings;
    expect(await warningsOf(run.runDir)).toEqual([]);
    expect(await warningsOf(run.runDir)).toEqual([]);
    const other = await train(smallRun(temporaryFolder(), { epochs: 1, seed: 9 }));
    expect(await warningsOf(other.runDir)).toEqual([
      expect.stringMatching(
        /^Replaced strokes-vae in .*'latentkit train .*--seed 1 .*another folder\.$/,
      ),
    ]);
  });

  test('warns of other data than those of the run, and refuses them for a conditional model', async () => {
    const outDir = join(temporaryFolder(), 'model');
    const dataset = await loadDataset({ ...(smallRun('').data as DatasetConfig), seed: 8 });
    const given = { outDir, dataset, evaluate: false };
    const { warnings } = await exportModel({ ...given, runDir: run.runDir });
    expect(warnings).toEqual([
      expect.stringMatching(
        /^The data are not those that the run in .* was trained on: then .*seed 1.*; now .*seed 8.*\. The figures on the card are of the data of now\.$/,
      ),
    ]);
    const conditional = await train(smallRun(temporaryFolder(), { epochs: 1, family: 'cvae' }));
    const error = await errorOf(() => exportModel({ ...given, runDir: conditional.runDir }));
    expect(error.code).toBe('invalid-data');
    expect(error.message).toMatch(/Which class is which, the data say: give the data of then\.$/);
  });

  test.each([
    ['a new folder', false],
    ['one of an earlier export', true],
  ])('of exports into %s at once, one stands, and the others say why not', async (_, earlier) => {
    const into = join(temporaryFolder(), 'both');
    const given = { runDir: run.runDir, outDir: into, evaluate: false };
    if (earlier) await exportModel(given);
    const results = await Promise.allSettled([0, 1, 2].map(() => exportModel(given)));
    const failed = results.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    for (const error of failed) {
      expect(error.message).toMatch(/^Another export was put into .* meanwhile, and is kept\./);
      expect(error.code).toBe('in-use');
    }
    expect(failed.length).toBeLessThan(3);
    expect((await loadAutoencoder(into)).card.name).toBe(report.card.name);
  });

  test('stopped at any phase, it leaves what was there', async () => {
    for (const stopAt of ['load', 'trace', 'verify', 'evaluate', 'write'] as const) {
      const parent = temporaryFolder();
      const controller = new AbortController();
      const onPhase = (phase: ExportPhase) => {
        if (phase === stopAt) controller.abort();
      };
      const options = {
        runDir: run.runDir,
        outDir: join(parent, 'model'),
        signal: controller.signal,
        onPhase,
      };
      // The last phase is past the last check: what is then being written is put in place.
      if (stopAt === 'write') {
        await exportModel(options);
        expect(readdirSync(join(parent, 'model')).sort()).toEqual(FILES);
      } else {
        expect(await codeOf(() => exportModel(options))).toBe('aborted');
        expect(readdirSync(parent)).toEqual([]);
      }
    }
  });

  test('an output folder that cannot be made, and a run that is none', async () => {
    const blocked = join(temporaryFolder(), 'file');
    writeFileSync(blocked, 'in the way');
    const outDir = join(blocked, 'model');
    expect(await codeOf(() => exportModel({ runDir: run.runDir, outDir }))).toBe('unwritable');
    const nothing = temporaryFolder();
    expect(await codeOf(() => exportModel({ runDir: nothing, outDir: join(nothing, 'm') }))).toBe(
      'not-found',
    );
  });

  test('a Gaussian likelihood gives a decoder without logits, and its σ on the card', async () => {
    const gaussian = await train(
      smallRun(temporaryFolder(), { likelihood: 'gaussian', beta: 2, epochs: 1 }),
    );
    const folder = join(temporaryFolder(), 'gaussian');
    const { card } = await exportModel({ runDir: gaussian.runDir, outDir: folder });
    expect(card).toMatchObject({ family: 'beta-vae', likelihood: { kind: 'gaussian', sigma: 1 } });
    expect(card.graphs.decoder.outputs.map(({ name }) => name)).toEqual(['mean']);
    const { loss } = await evaluate(folder, { data: gaussian.config.data });
    expect(Math.abs(loss - (gaussian.history[0]?.test.loss as number))).toBeLessThan(1e-3);
  });
});
