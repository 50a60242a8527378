import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createRunner, loadAutoencoder } from '@latentkit/node';
import { readModel, writeModel } from '@latentkit/onnx';
import * as ort from '@latentkit/system/ort-for-tests';
import { cardFile, tinyModel } from '../fixtures/tiny-model.ts';

const { files, card } = tinyModel();

/** A model whose weights are said to lie in `secret.bin`. */
function pointingOutside(): Uint8Array {
  const model = readModel(files['encoder.onnx'] as Uint8Array);
  for (const initializer of model.graph.initializers.values()) {
    const { length } = initializer.raw;
    initializer.raw = new Uint8Array(0);
    initializer.external = { location: 'secret.bin', offset: 0, length };
  }
  return writeModel(model);
}

/** The group is protobuf's, unknown to ONNX, and skipped by ONNX Runtime. */
const GROUP = Uint8Array.of(0xbb, 0x3e, 0xbc, 0x3e);
const plain = pointingOutside();
const spellings: [string, Uint8Array][] = [
  ['plainly', plain],
  ['behind a group', new Uint8Array([...GROUP, ...plain])],
];

describe('a file of the working folder that a model names as its weights is not read:', () => {
  const here = process.cwd();
  const folder = mkdtempSync(join(tmpdir(), 'latentkit-untrusted-'));
  beforeAll(() => {
    process.chdir(folder);
    writeFileSync('secret.bin', new Uint8Array(64));
  });
  afterAll(() => {
    process.chdir(here);
    rmSync(folder, { recursive: true });
  });

  test.each(spellings)('%s, by the card', async (_, bytes) => {
    const graphs = structuredClone(card.graphs);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    Object.assign(graphs.encoder.files.fp32, { bytes: bytes.length, sha256 });
    const source = { ...files, ...cardFile({ ...card, graphs }), 'encoder.onnx': bytes };
    await expect(loadAutoencoder(source)).rejects.toMatchObject({
      code: expect.stringMatching(/^(integrity|invalid-data)$/),
    });
  });

  test.each(spellings)('%s, by a runner alone', async (_, bytes) => {
    for (const optimization of ['disabled', 'all'] as const) {
      await expect(createRunner(bytes, { optimization })).rejects.toThrow(
        /External data path does not exist/,
      );
    }
  });

  test.each(spellings)('%s, though ONNX Runtime would', async (_, bytes) => {
    const session = await ort.InferenceSession.create(bytes, {
      graphOptimizationLevel: 'disabled',
    });
    await session.release();
  });
});
