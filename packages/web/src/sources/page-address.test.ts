import { afterEach, expect, test } from '@jest/globals';
import { placedFile } from './page-address.ts';

afterEach(() => {
  Reflect.deleteProperty(globalThis, 'location');
});

const at = (href: string | undefined) =>
  Object.defineProperty(globalThis, 'location', { value: href && { href }, configurable: true });
/** What Turbopack makes of `new URL(file, import.meta.url)`. */
const turbopack = (path: string) => ({ href: path, pathname: path, origin: '' }) as URL;

test.each([
  'https://example.org/app/page.html',
  'blob:https://example.org/0f9f6a1e-58a5-4fd7-8f0e-0d8a7c5a5ce1',
])('a path alone is one of the origin of %s', (here) => {
  at(here);
  expect(placedFile(turbopack('/_next/static/media/a.wasm')).href).toBe(
    'https://example.org/_next/static/media/a.wasm',
  );
  expect(placedFile(turbopack('/_next/static/media/a.mjs')).origin).toBe('https://example.org');
});

test.each([undefined, 'file:///app/index.html', 'about:srcdoc', 'https://example.org/'])(
  'a whole address stays, at %s',
  (here) => {
    at(here);
    for (const address of ['https://files.example.org/a.wasm', 'file:///dist/a.wasm']) {
      expect(placedFile(new URL(address)).href).toBe(address);
    }
  },
);

test('on a server a path is no fault', () => {
  expect(placedFile(turbopack('/_next/static/media/a.wasm'))).toBeInstanceOf(URL);
});
