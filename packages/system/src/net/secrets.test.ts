import { describe, expect, test } from '@jest/globals';
import { scrub, separateCredentials, withoutSecrets } from './secrets.ts';

describe('secrets of a URL', () => {
  test('are not in its form for messages', () => {
    const url = new URL('https://me:p%40ss@host:8443/a/b?token=abc#d');
    expect(withoutSecrets(url)).toBe('https://host:8443/a/b');
  });

  test.each([
    ['localhost:8000/mine', 'localhost:8000/mine'],
    ['file:///models/mine', 'file:///models/mine'],
    ['oip+http://me:secret@host:8000/mine', 'oip+http://host:8000/mine'],
  ])('%s is shown as %s: no slashes that were not there', (address, shown) => {
    expect(withoutSecrets(new URL(address))).toBe(shown);
  });

  test.each([
    ['https://me:p%40ss@host/', 'me:p@ss'],
    ['https://me@host/', 'me:'],
    ['https://:only@host/', ':only'],
    ['https://me:100%@host/', 'me:100%'],
    ['https://m%C3%A9:%E2%82%AC@host/', 'mé:€'],
  ])('%s: name and password become a header', (address, pair) => {
    const { url, headers } = separateCredentials(new URL(address));
    expect(url.href).toBe('https://host/');
    const [kind, code = ''] = headers['authorization']?.split(' ') ?? [];
    expect([kind, Buffer.from(code, 'base64').toString()]).toEqual(['Basic', pair]);
  });

  test('a URL without them gets no header', () => {
    expect(separateCredentials(new URL('https://host/a')).headers).toEqual({});
  });

  test('are taken out of what others say', () => {
    const url = new URL('https://me:p%40ss@host/a?token=abc');
    const said = `request to ${url.href} failed (p@ss, p%40ss, ?token=abc)`;
    expect(scrub(said, url)).toBe('request to https://host/a failed (…, …, …)');
  });
});
