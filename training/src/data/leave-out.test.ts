import { describe, expect, test } from '@jest/globals';
import { makeStrokes, readItems } from '@latentkit/data';
import { errorOf } from '../testing.ts';
import { leaveOutClass } from './leave-out.ts';
import { loadDataset } from './load-dataset.ts';

describe('a class that is left out', () => {
  const whole = makeStrokes(60, 30, 1);

  test('is in no training item; the others keep their labels and factors', () => {
    const { train, test, labelNames, description } = leaveOutClass(whole, 7);
    const kept = [...whole.train.labels.keys()].filter((i) => whole.train.labels[i] !== 7);
    expect(kept.length).toBeLessThan(60);
    expect(train.count).toBe(kept.length);
    expect([...train.labels]).toEqual(kept.map((i) => whole.train.labels[i]));
    const rowOf = (values: Float32Array, count: number, i: number) =>
      values.subarray((values.length / count) * i, (values.length / count) * (i + 1));
    for (const [row, i] of kept.entries()) {
      expect(readItems(train, row, row + 1)).toEqual(readItems(whole.train, i, i + 1));
      const [ours, theirs] = [train.factors, whole.train.factors];
      expect(ours && rowOf(ours.values, train.count, row)).toEqual(
        theirs && rowOf(theirs.values, 60, i),
      );
    }
    expect([test, labelNames]).toEqual([whole.test, whole.labelNames]);
    expect(description).toContain('No item of class 7 was trained on.');
  });

  test('is left out of packed items by their positions', () => {
    const bytes = new SharedArrayBuffer(4);
    new Uint8Array(bytes).set([10, 20, 30, 40]);
    const packed = {
      store: { kind: 'memory', bytes },
      itemSize: 1,
      dtype: 'uint8',
      scale: 1,
      offset: 0,
      rows: Uint32Array.of(3, 0, 2, 1),
    } as const;
    const train = { images: packed, labels: Uint8Array.of(1, 0, 1, 2), count: 4 };
    const left = leaveOutClass({ ...whole, itemShape: [1, 1, 1], train, test: train }, 1).train;
    expect([...readItems(left)]).toEqual([10, 20]);
    expect([...left.labels]).toEqual([0, 2]);
  });

  test('is left out of what is loaded, and is part of where the data came from', async () => {
    const config = { name: 'strokes', trainCount: 60, testCount: 30 } as const;
    const less = await loadDataset({ ...config, leaveOut: 7 });
    expect(less.train).toEqual(leaveOutClass(whole, 7).train);
    expect(less.provenance).not.toBe((await loadDataset(config)).provenance);
  });

  test.each([10, 255])('must be one of the data set: %i is not', async (label) => {
    const { code, message } = await errorOf(() => leaveOutClass(whole, label));
    expect(code).toBe('invalid-argument');
    expect(message).toMatch(/class to leave out: expected one of several: 0 \(0\), 1 \(1\)/);
  });

  test('may be given by its name, which goes before its number', () => {
    const labelNames = ['lime', '0', 'ash', '3', '4', '5', '6', '7', '8', '20'];
    const named = { ...whole, labelNames };
    for (const [given, label] of [
      ['lime', 0],
      ['0', 1],
      ['2', 2],
      ['20', 9],
      [0, 0],
    ] as const) {
      const { train, description } = leaveOutClass(named, given);
      expect([...train.labels]).toEqual([...whole.train.labels].filter((one) => one !== label));
      expect(description).toContain(`No item of class ${labelNames[label]} was trained on.`);
    }
  });

  test.each(['lines', '10', '-1', ''])('must be a name that there is: %p is not', async (given) => {
    const { code, message } = await errorOf(() => leaveOutClass(whole, given));
    expect(code).toBe('invalid-argument');
    expect(message).toMatch(/class to leave out: expected one of several: 0 \(0\), 1 \(1\)/);
  });

  test('is none of items without classes', async () => {
    const bare = { ...whole, labelNames: [] };
    const { message } = await errorOf(() => leaveOutClass(bare, 'lime'));
    expect(message).toMatch(/expected none: the items have no classes, received/);
  });

  test('cannot be all there is', async () => {
    const ones = { ...whole, train: { ...whole.train, labels: new Uint8Array(60).fill(1) } };
    expect((await errorOf(() => leaveOutClass(ones, 1))).code).toBe('invalid-argument');
  });
});
