import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { ArgumentError } from '@latentkit/core';
import { absoluteAddress, isServed, isUrl } from '@latentkit/system';
import { needFiles } from './model-address.ts';

test.each([
  ['models/mine', false, false],
  ['C:\\models\\mine', false, false],
  ['https://host/mine', true, false],
  ['oip+http://host:8000/mine', true, true],
  ['OIP+HTTPS://host/mine', true, true],
])('%s: a URL %s, served %s', (model, url, served) => {
  expect([isUrl(model), isServed(model)]).toEqual([url, served]);
  expect(absoluteAddress(model)).toBe(url ? model : resolve(model));
  if (!url) expect(needFiles(model)).toBeUndefined();
  else expect(() => needFiles('models/mine', model)).toThrow(ArgumentError);
});

test('a refusal says why, and keeps passwords to itself', () => {
  expect(() => needFiles('oip+http://me:secret@host:8000/mine?key=1')).toThrow(
    "model: expected a folder of this machine, since its files are needed here (a server runs a model, and gives no files), received 'oip+http://host:8000/mine'.",
  );
});
