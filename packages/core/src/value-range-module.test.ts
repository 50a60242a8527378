import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import wabt from 'wabt';
import { valueRangeModule } from './value-range-module.ts';

test('the bytes are the assembly of the text', async () => {
  const text = readFileSync(join(__dirname, 'value-range.wat'), 'utf8');
  const { parseWat } = await wabt();
  const assembled = parseWat('value-range.wat', text, { simd: true }).toBinary({}).buffer;
  // What fails here shows the bytes to write into value-range-module.ts.
  expect(Buffer.from(valueRangeModule()).toString('hex')).toBe(
    Buffer.from(assembled).toString('hex'),
  );
});
