import { describe, expect, test } from '@jest/globals';
import { tensor } from '../tensor.ts';
import { handingOver, type RunElsewhere } from './handing-over.ts';

const floats = (...values: number[]) => Float32Array.from(values);

/** Doubles x into y and says x again as z, where memory is really handed over; what it was asked. */
function elsewhere() {
  const asked: Parameters<RunElsewhere>[1][] = [];
  const run: RunElsewhere = async (feeds, options, transfer) => {
    asked.push(options);
    const x = structuredClone(feeds, { transfer })['x']?.data as Float32Array;
    return {
      outputs: { y: tensor(x.map((value) => 2 * value)), z: tensor(x.slice()) },
      returned: [x.buffer as ArrayBuffer],
    };
  };
  return { runner: handingOver()(run), asked };
}

describe('the memory of feeds', () => {
  test('stays the caller’s: copies go, and what comes back serves the next run', async () => {
    const { runner } = elsewhere();
    const x = floats(1, 2, 3);
    expect((await runner.run({ x: tensor(x) }))['y']?.data).toEqual(floats(2, 4, 6));
    expect(x).toEqual(floats(1, 2, 3));
    expect(runner.spareBuffer(12)).toHaveProperty('byteLength', 12);
    expect(runner.spareBuffer(12)).toBeUndefined();
  });

  test('goes with `transfer`, and may be had again', async () => {
    const { runner } = elsewhere();
    const x = floats(1, 2);
    await runner.run({ x: tensor(x) }, { transfer: true });
    expect(x).toHaveLength(0);
    expect(runner.spareBuffer(8)).toHaveProperty('byteLength', 8);
  });

  test.each([
    [2 ** 26, 2 ** 26],
    [2 ** 26 + 1, undefined],
  ])('is kept up to 64 MiB: of %d bytes, %d', async (bytes, kept) => {
    const returned = [new ArrayBuffer(bytes)];
    const { run, spareBuffer } = handingOver()(async () => ({ outputs: {}, returned }));
    await run({}, { transfer: true });
    expect(spareBuffer(bytes)?.byteLength).toBe(kept);
  });

  test('serves all graphs of a model', async () => {
    const over = handingOver();
    const returned = [new ArrayBuffer(8)];
    await over(async () => ({ outputs: {}, returned })).run({}, { transfer: true });
    const other = over(async () => ({ outputs: {}, returned: [] }));
    expect(other.spareBuffer(8)).toBe(returned[0]);
  });
});

describe('outputs', () => {
  test('that are given are filled, and alone are wanted', async () => {
    const { runner, asked } = elsewhere();
    const y = tensor(new Float32Array(2));
    const found = await runner.run({ x: tensor(floats(1, 2)) }, { outputs: { y } });
    expect(found['y']).toBe(y);
    expect(Object.keys(found)).toEqual(['y']);
    expect(y.data).toEqual(floats(2, 4));
    expect(asked).toEqual([{ wanted: ['y'], pixels: undefined }]);
  });

  test('are all wanted, or those that are named', async () => {
    const { runner, asked } = elsewhere();
    const pixels = { scale: 1, offset: 0 };
    await runner.run({ x: tensor(floats(1)) });
    await runner.run({ x: tensor(floats(1)) }, { wanted: ['z'], pixels });
    const outputs = { y: tensor(new Float32Array(1)) };
    await runner.run({ x: tensor(floats(1)) }, { wanted: ['z'], outputs });
    expect(asked).toEqual([
      { wanted: undefined, pixels: undefined },
      { wanted: ['z'], pixels },
      { wanted: ['z'], pixels: undefined },
    ]);
  });
});
