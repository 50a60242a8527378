import { expect, test } from '@jest/globals';
import { fromOrt } from './ort-tensor.ts';

test('float16 is raw bits, whatever array the browser has for it', () => {
  const bits = Uint16Array.of(0x3c00, 0xc000, 0x7bff);
  const other = { type: 'float16', data: new Int16Array(bits.buffer, 2, 2), dims: [2] };
  const { data, dtype, dims } = fromOrt(other as never);
  expect(data).toBeInstanceOf(Uint16Array);
  expect([...(data as Uint16Array)]).toEqual([0xc000, 0x7bff]);
  expect({ dtype, dims }).toEqual({ dtype: 'float16', dims: [2] });
});

test('types that no tensor of ours has are refused', () => {
  expect(() => fromOrt({ type: 'string', data: ['a'], dims: [1] } as never)).toThrow(
    expect.objectContaining({ code: 'runtime' }),
  );
});
