import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { validateCard } from '@latentkit/core';
import { cardFile, tinyModel, writeFiles } from '../../../../test/fixtures/tiny-model.ts';
import { writeTritonRepository } from './repository.ts';
import { readPbtxt } from './testing.ts';

const MODELS = resolve(__dirname, '../../../../models');
const { card, files } = tinyModel();
/** With what a text form must escape. */
const odd = validateCard({
  ...card,
  description: 'A "tiny" one:\n\tbackslash \\, größer, 模型, \u0001.',
});

let out: string;
beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'latentkit-triton-'));
});
afterAll(() => rm(out, { recursive: true, force: true }));

const configOf = async (folder: string) =>
  readPbtxt(await readFile(join(folder, 'config.pbtxt'), 'utf8'));

describe('a repository for Triton', () => {
  test('has a folder for each graph, with its configuration, its version and the model', async () => {
    const models = { tiny: { ...files, ...cardFile(odd) } };
    const repository = join(out, 'one');
    const limits = { maxBatch: 32, maxDelayMs: 2.5, maxQueue: 9 };
    expect(await writeTritonRepository({ models, out: repository, ...limits })).toEqual([
      'tiny-encoder',
      'tiny-decoder',
    ]);
    const found = await readdir(repository, { recursive: true });
    expect(found.sort()).toEqual([
      'tiny-decoder',
      'tiny-decoder/1',
      'tiny-decoder/1/model.onnx',
      'tiny-decoder/config.pbtxt',
      'tiny-encoder',
      'tiny-encoder/1',
      'tiny-encoder/1/model.onnx',
      'tiny-encoder/config.pbtxt',
    ]);
    const bytes = await readFile(join(repository, 'tiny-encoder/1/model.onnx'));
    expect(bytes.equals(files['encoder.onnx']!)).toBe(true);
    const config = await configOf(join(repository, 'tiny-encoder'));
    expect(config).toMatchObject({
      name: ['tiny-encoder'],
      platform: ['onnxruntime_onnx'],
      max_batch_size: [32],
      input: [{ name: ['x'], data_type: ['TYPE_FP32'], dims: [4] }],
      output: [
        { name: ['mean'], data_type: ['TYPE_FP32'], dims: [2] },
        { name: ['log_var'], data_type: ['TYPE_FP32'], dims: [2] },
      ],
      dynamic_batching: [
        { max_queue_delay_microseconds: [2500], default_queue_policy: [{ max_queue_size: [9] }] },
      ],
    });
    const [parameter] = config['parameters'] as [
      { key: string[]; value: { string_value: string[] }[] },
    ];
    expect(parameter.key).toEqual(['latentkit.card']);
    expect(JSON.parse(parameter.value[0]!.string_value[0]!)).toEqual(odd);
  });

  test('holds all models of this repository, in the form that Triton documents', async () => {
    const repository = join(out, 'all');
    const names = await writeTritonRepository({ models: MODELS, out: repository });
    expect(names.length).toBeGreaterThan(14);
    for (const name of names) {
      const { name: called } = await configOf(join(repository, name));
      expect(called).toEqual([name]);
    }
    // One number a row has a dimension here, and none in the graph.
    const flow = await configOf(join(repository, 'strokes-flow-encoder'));
    expect(flow['output']).toContainEqual({
      ...{ name: ['log_q'], data_type: ['TYPE_FP32'], dims: [1], reshape: [{ shape: [] }] },
    });
  });

  test('replaces an earlier model of a name, leaves others, and nothing of anything else', async () => {
    const repository = join(out, 'again');
    for (const name of ['a', 'b', 'a']) {
      await writeTritonRepository({ models: { [name]: files }, out: repository });
    }
    const folders = ['a-decoder', 'a-encoder', 'b-decoder', 'b-encoder'];
    expect((await readdir(repository)).sort()).toEqual(folders);
    await writeFiles(join(repository, 'c-encoder'), { 'mine.txt': new Uint8Array(1) });
    const refused = writeTritonRepository({ models: { c: files }, out: repository });
    await expect(refused).rejects.toMatchObject({ code: 'invalid-argument' });
    expect(await readdir(join(repository, 'c-encoder'))).toEqual(['mine.txt']);
  });

  test.each([
    ['out', 1],
    ['maxBatch', 0],
    ['maxDelayMs', -1],
    ['maxQueue', 0.5],
    // For Triton no limit at all.
    ['maxQueue', 0],
  ])('%s: %p is refused', async (option, value) => {
    const options = { models: { tiny: files }, out: join(out, 'never'), [option]: value };
    await expect(writeTritonRepository(options as never)).rejects.toMatchObject({
      message: expect.stringMatching(`^${option}:`),
    });
    expect(await readdir(out)).not.toContain('never');
  });
});

describe('the check against the form that Triton documents finds', () => {
  test.each([
    ['a field that is not there', 'max_batch: 3', /no field max_batch/],
    ['a text in the place of a number', 'max_batch_size: "3"', /max_batch_size/],
    ['a number in the place of a text', 'name: 3', /name/],
    ['a value that an enumeration does not have', 'input { data_type: TYPE_FLOAT }', /TYPE_FLOAT/],
    ['a field of another message', 'input { string_value: "a" }', /no field string_value/],
    ['several of what there is one of', 'name: "a" name: "b"', /name twice/],
    ['a message that does not end', 'input {', /ends/],
    ['a text that does not end', 'name: "a', /unexpected/],
  ])('%s', (_, text, message) => {
    expect(() => readPbtxt(text)).toThrow(message);
  });
});
