import { expect, test } from '@jest/globals';
import { parquetReadObjects } from 'hyparquet';
import { pointsFile } from './points-file.ts';

test('what is written is read back, over several groups of rows', async () => {
  const count = 20_003;
  const bytes = pointsFile(
    [
      { name: 'id', type: 'text', values: Array.from({ length: count }, (_, i) => `ä${i}`) },
      { name: 'x', type: 'float', values: Float32Array.from({ length: count }, (_, i) => i / 2) },
      {
        ...{ name: 'near', type: 'int', list: 2 },
        values: Int32Array.from({ length: 2 * count }, (_, i) => i),
      },
      {
        name: 'both',
        parts: [
          {
            name: 'one',
            type: 'int',
            list: 1,
            values: Int32Array.from({ length: count }, (_, i) => i),
          },
          { name: 'other', type: 'float', values: new Float32Array(count).fill(0.25) },
        ],
      },
    ],
    count,
  );
  const file = bytes.buffer as ArrayBuffer;
  const rows = await parquetReadObjects({ file, rowStart: 0, rowEnd: 2 });
  expect(rows).toEqual([
    { id: 'ä0', x: 0, near: [0, 1], both: { one: [0], other: 0.25 } },
    { id: 'ä1', x: 0.5, near: [2, 3], both: { one: [1], other: 0.25 } },
  ]);
  expect(await parquetReadObjects({ file, rowStart: count - 1, rowEnd: count })).toEqual([
    {
      ...{ id: `ä${count - 1}`, x: (count - 1) / 2, near: [2 * count - 2, 2 * count - 1] },
      both: { one: [count - 1], other: 0.25 },
    },
  ]);
  expect(await parquetReadObjects({ file, columns: ['x'] })).toHaveLength(count);
});
