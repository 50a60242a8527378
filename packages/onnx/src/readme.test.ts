import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import * as main from './index.ts';
import * as node from './node.ts';

const readme = readFileSync(join(__dirname, '../README.md'), 'utf8');

test('every name in the README is exported', () => {
  const names = (pattern: RegExp) =>
    [...readme.matchAll(pattern)].flatMap(([, list = '']) => list.match(/\w+/g) ?? []);
  const fromMain = names(/import \{([^}]+)\} from '@latentkit\/onnx'/g);
  const fromNode = names(/import \{([^}]+)\} from '@latentkit\/onnx\/node'/g);
  // The table: names in backticks in the first column, calls without their arguments.
  const rows = [...readme.matchAll(/^\| (`.*?) \|/gm)].map(([, cell = '']) => cell);
  const ofTable = rows
    .flatMap((cell) => [...cell.matchAll(/`(\w+)/g)])
    .map(([, name = '']) => name);
  expect(ofTable.length).toBeGreaterThan(25);
  expect(fromMain.filter((name) => !(name in main))).toEqual([]);
  expect(fromNode.filter((name) => !(name in node))).toEqual([]);
  expect(ofTable.filter((name) => !(name in main) && !(name in node))).toEqual([]);
});
