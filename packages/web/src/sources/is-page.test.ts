import { expect, test } from '@jest/globals';
import { isPage } from './is-page.ts';

test.each([
  ['<!doctype html><html>', true],
  ['\ufeff\n  <HTML lang="en">', true],
  ['<?xml version="1.0"?>', true],
  ['<!doctype html><link rel="icon" type="image/svg+xml" href="/vite.svg">', true],
  ['<?xml version="1.0"?>\n<svg width="1">', false],
  ['{ "name": "<html>" }', false],
  ['<3', false],
  ['', false],
])('%j: %p', (text, page) => {
  expect(isPage(new TextEncoder().encode(text))).toBe(page);
});

test('an ONNX file is none', () => {
  expect(isPage(Uint8Array.of(8, 8, 18, 9, 60, 104, 116, 109, 108, 62))).toBe(false);
});
