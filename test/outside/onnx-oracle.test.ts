import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { writeModel } from '@latentkit/onnx';
import { brokenModels } from '../../packages/onnx/src/testing/broken-models.ts';
import { sampleModels } from '../../packages/onnx/src/testing/sample-models.ts';
import { askOracle, findOracle } from './oracle.ts';
import { skipSuite } from './skip-suite.ts';

const oracle = findOracle();
if (!oracle.available) {
  skipSuite('ONNX’s Python checker as an oracle', oracle.reason);
} else {
  const versions = `onnx ${oracle.versions.onnx}, onnxruntime ${oracle.versions.onnxruntime}`;

  describe(`ONNX’s Python checker agrees (${versions})`, () => {
    test('it accepts what the builder makes, at every operator set, and onnxruntime loads it', async () => {
      const cases = [13, 14, 15, 16, 17, 18, 19, 20, 21, 22].flatMap((opset) =>
        [...sampleModels(opset, opset > 18 ? 10 : 8)].map(([name, model]) => ({
          name: `${name} at ${opset}`,
          bytes: writeModel(model),
        })),
      );
      const verdicts = await askOracle(cases);
      expect(verdicts).toHaveLength(cases.length);
      expect(verdicts.filter((each) => each.checker !== null || each.runtime !== null)).toEqual([]);
    }, 120_000);

    test('it refuses what ours refuses, but for the listed stricter rules', async () => {
      const cases = brokenModels.map(({ rule, name, bytes }) => ({
        name: `${rule}: ${name}`,
        bytes,
      }));
      const verdicts = await askOracle(cases, { runtime: false });
      const accepted = verdicts.filter((each) => each.checker === null).map((each) => each.name);
      const stricter = brokenModels
        .filter((each) => each.acceptedByOnnx)
        .map(({ rule, name }) => `${rule}: ${name}`);
      expect(accepted).toEqual(stricter);
    }, 120_000);

    test('the committed operator table is what its script makes of the registry', async () => {
      const path = join(__dirname, '../../packages/onnx');
      const committed = await readFile(join(path, 'src/schema/operator-schemas.ts'), 'utf8');
      const folder = await mkdtemp(join(tmpdir(), 'latentkit-schemas-'));
      try {
        const made = join(folder, 'operator-schemas.ts');
        const script = join(path, 'scripts/dump-operator-schemas.py');
        await promisify(execFile)(oracle.python, [script, made]);
        const fresh = await readFile(made, 'utf8');
        // Another version of onnx knows other operators; the one that the table names must agree.
        const same = committed.includes(`operator registry of onnx ${oracle.versions.onnx}.`);
        expect(fresh === committed).toBe(same);
      } finally {
        await rm(folder, { recursive: true });
      }
    }, 60_000);

    test('it runs a model on given inputs', async () => {
      const model = sampleModels().get('mlp');
      if (!model) throw new Error('no sample');
      const bytes = new Uint8Array(Float32Array.from({ length: 12 }, (_, i) => i / 12).buffer);
      const feeds = { x: { dtype: 'float32', dims: [2, 6], bytes } } as const;
      const [verdict] = await askOracle([{ name: 'mlp', bytes: writeModel(model), feeds }]);
      expect(verdict?.runtime).toBeNull();
      expect(verdict?.outputs['y']).toMatchObject({ dtype: 'float32', dims: [2, 3] });
      const y = new Float32Array(verdict?.outputs['y']?.bytes.slice().buffer ?? []);
      expect((y[0] ?? 0) + (y[1] ?? 0) + (y[2] ?? 0)).toBeCloseTo(1, 5);
    }, 60_000);
  });
}
