import { describe, expect, test } from '@jest/globals';
import type { Condition } from '../batch/condition.ts';
import type { StreamSource } from '../run/stream.ts';
import { type Tensor, tensor } from '../tensor.ts';
import { fakeAutoencoder } from '../testing/fake-autoencoder.ts';
import type { ConditionedLatents } from './decoder.ts';
import type { ConditionedItems } from './encoder.ts';
import { conditional, floats } from './testing.ts';

async function collect(batches: AsyncIterable<Tensor<'float32'> | { mean: Tensor<'float32'> }>) {
  const found: number[][] = [];
  for await (const batch of batches) {
    found.push([...('mean' in batch ? batch.mean : batch).data]);
  }
  return found;
}

type Chunk = Float32Array | (ConditionedItems & ConditionedLatents);

/** A chunk of values for either half, with its condition. */
const chunk = (values: Float32Array, condition?: Condition): Chunk => ({
  items: values,
  latents: values,
  condition,
});

describe.each(['encoder', 'decoder'] as const)('the %s stream of a conditional model', (half) => {
  const stream = (source: StreamSource<Chunk>, condition?: Condition) =>
    collect(conditional()[half].stream(source, { batchSize: 2, condition }));

  const weights = tensor(floats(0, 1, 0, 0.5, 0, 0.5, 1, 0, 0), [3, 3]);

  test.each<[string, Condition, number[][]]>([
    ['a name', 'b', [[10, 11], [10.5]]],
    ['an index', 2, [[20, 21], [20.5]]],
    ['a label a row', ['c', 'a', 1], [[20, 1], [10.5]]],
    ['indices', Int32Array.of(0, 1, 2), [[0, 11], [20.5]]],
    ['weights', weights, [[10, 11], [0.5]]],
  ])('takes what a call takes: %s, in chunks of whatever size', async (_, condition, expected) => {
    for (const sizes of [[3], [1, 2], [2, 1], [1, 1, 1]]) {
      let from = 0;
      const chunks = sizes.map((size) => {
        from += size;
        return floats(0, 1, 0.5).subarray(from - size, from);
      });
      expect([sizes, await stream(chunks, condition)]).toEqual([sizes, expected]);
    }
    const whole = conditional();
    const call =
      half === 'encoder'
        ? await whole.encoder.embed(floats(0, 1, 0.5), { condition })
        : (await whole.decoder.decode(floats(0, 1, 0.5), { condition })).mean;
    expect([...call.data]).toEqual(expected.flat());
  });

  test('takes conditions with the chunks, beside one of its own', async () => {
    const source = [
      chunk(floats(0, 1), ['c', 'b']),
      chunk(floats(0.5)),
      floats(0.25),
      chunk(floats(1, 0, 1), 'b'),
    ];
    expect(await stream(source, 'a')).toEqual([[20, 11], [0.5, 0.25], [11, 10], [11]]);
    await expect(stream(source)).rejects.toMatchObject({
      code: 'invalid-input',
      message: expect.stringMatching(
        /condition: expected one of the labels \(a, b, c\), received nothing/,
      ),
    });
  });

  test('leaves the memory of what was given to its owner, who may use it again at once', async () => {
    const kept = tensor(floats(0, 0, 1, 0, 1, 0), [2, 3]);
    expect(await stream([floats(0, 1)], kept)).toEqual([[20, 11]]);
    expect(kept.data).toHaveLength(6);
    const [values, labels] = [floats(0), Int32Array.of(0)];
    function* reused() {
      for (const label of [0, 1, 2]) {
        labels[0] = label;
        values[0] = label / 2;
        yield chunk(values, labels);
      }
    }
    expect(await stream(reused())).toEqual([[0, 10.5], [21]]);
  });

  test.each<[string, StreamSource<Chunk>, Condition | undefined, RegExp]>([
    ['more rows than labels', [floats(0), floats(1, 0)], ['a', 'b'], /\(3 have come\), received 2/],
    ['fewer', [floats(0)], Int32Array.of(0, 1), /\(1 have come\), received 2/],
    ['weights for fewer', [floats(0)], weights, /\(1 have come\), received 3/],
    ['none at all', [floats(0)], undefined, /expected one of the labels.*received nothing/],
    ['a label that is none', [floats(0)], 'd', /expected one of the labels.*received 'd'/],
    ['an index beyond', [floats(0, 1)], [0, 3], /index from 0 to 2, received 3/],
    ['a chunk of other labels', [chunk(floats(0, 1), ['a'])], 'a', /one label or 2, received 1/],
    [
      'weights of other labels',
      [floats(0)],
      tensor(floats(0, 1), [1, 2]),
      /float32 weights \[1, 3\], received float32 \[1, 2\]/,
    ],
    ['null', [floats(0)], null as never, /condition: expected one of .*, received null/],
    ['what is no list', [floats(0)], {} as never, /weights \[n, 3\], received an object/],
    ['another array', [floats(0)], floats(0) as never, /an Int32Array of indices/],
  ])('refuses %s', async (_, source, condition, message) => {
    await expect(stream(source, condition)).rejects.toMatchObject({
      code: 'invalid-input',
      message: expect.stringMatching(message),
    });
  });
});

test('an unconditional model takes no condition, of a stream or of a chunk', async () => {
  const { encoder, decoder } = await fakeAutoencoder({
    item: [1],
    latent: { kind: 'point', size: 1 },
  });
  for (const half of [encoder, decoder]) {
    expect(() => half.stream([floats(0)], { condition: 'a' })).toThrow(
      /none \(fake is unconditional\)/,
    );
    await expect(collect(half.stream([chunk(floats(0), 0)] as never[]))).rejects.toMatchObject({
      code: 'invalid-input',
    });
    expect(await collect(half.stream([chunk(floats(0.5))] as never[]))).toEqual([[0.5]]);
  }
});

describe('the decoder stream of a model of codes', () => {
  const latent = { kind: 'codes', size: 4, grid: [1, 2], codes: 8, dim: 2 } as const;
  const model = () => fakeAutoencoder({ item: [4], latent });
  const int32 = (dims: number[], ...values: number[]): Tensor<'int32'> => ({
    data: Int32Array.from(values),
    dims,
    dtype: 'int32',
  });

  test('takes what a call takes: grids of indices, vectors, what the encoder gave', async () => {
    const { encoder, decoder } = await model();
    const encoded = await encoder.encode(floats(0, 0, 1, 1));
    const source = [
      Int32Array.of(0, 7, 1, 2, 3, 4),
      int32([1, 1, 2], 5, 6),
      floats(0.5, 0.5, 0.25, 0.25),
      int32([1, 2], 7, 0),
      encoded,
    ];
    const expected: number[] = [];
    for (const one of source) expected.push(...(await decoder.decode(one)).mean.data);
    const found = await collect(decoder.stream(source, { batchSize: 3 }));
    expect(found.map(({ length }) => length)).toEqual([12, 12, 4]);
    expect(found.flat()).toEqual(expected);
    expect(expected.slice(0, 4)).toEqual([1, 1, 15, 15].map((sixteenth) => sixteenth / 16));
  });

  test.each<[string, Int32Array | Tensor<'int32'>, RegExp]>([
    ['half a grid', Int32Array.of(0, 1, 2), /\[n, 1, 2\] or n × 2 indices, received 3 indices/],
    ['another grid', int32([1, 4], 0, 1, 2, 3), /received dims \[1, 4\] over 4 indices/],
    ['no grid', new Int32Array(), /received 0 indices/],
    [
      'an index beyond the codebook',
      Int32Array.of(0, 1, 2, 8),
      /code 3: expected .* 0 to 7, received 8/,
    ],
  ])('refuses %s, as a call does', async (_, codes, message) => {
    const { decoder } = await model();
    const expected = { code: 'invalid-input', message: expect.stringMatching(message) };
    await expect(decoder.decode(codes)).rejects.toMatchObject(expected);
    await expect(collect(decoder.stream([codes]))).rejects.toMatchObject(expected);
  });

  test('codes are refused by models that have none', async () => {
    const { decoder } = await fakeAutoencoder();
    const codes = [Int32Array.of(0, 1)];
    await expect(collect(decoder.stream(codes))).rejects.toMatchObject({ code: 'invalid-input' });
  });
});

test('a call of more rows than are run at once gives each its own value and label', async () => {
  const count = 200;
  const values = Float32Array.from({ length: count }, (_, i) => i / 256);
  const condition = Int32Array.from({ length: count }, (_, i) => i % 3);
  const expected = Array.from(values, (value, i) => value + 10 * (i % 3));
  const { encoder, decoder } = conditional();
  expect([...(await encoder.embed(values, { condition })).data]).toEqual(expected);
  expect([...(await decoder.decode(values, { condition })).mean.data]).toEqual(expected);
});
