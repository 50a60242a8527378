import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { supportTable, TABLE_PATH } from './support-table.ts';

test('the table in the docs is what the tests say; npm run docs -w @latentkit/tfjs-to-onnx writes it', () => {
  const file = join(import.meta.dirname, '../../../..', TABLE_PATH);
  expect(readFileSync(file, 'utf8')).toBe(supportTable());
});
