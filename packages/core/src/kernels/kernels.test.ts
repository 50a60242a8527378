import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import wabt from 'wabt';
import { VALUE_RANGE_BYTES } from './value-range-bytes.ts';
import { WIDEN_BYTES } from './widen-bytes.ts';

test.each([
  ['value-range', VALUE_RANGE_BYTES],
  ['widen', WIDEN_BYTES],
])('the bytes of %s are the assembly of its text', async (name, bytes) => {
  const text = readFileSync(join(__dirname, `${name}.wat`), 'utf8');
  const { parseWat } = await wabt();
  const assembled = parseWat(`${name}.wat`, text, { simd: true }).toBinary({}).buffer;
  // What fails here shows the bytes to write beside the text.
  expect(bytes).toBe(Buffer.from(assembled).toString('hex'));
});
