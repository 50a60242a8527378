import { expect, test } from '@jest/globals';
import { quoted, usageOf } from './usage.ts';

test('of a conditional model the condition is given, a label an item', () => {
  const code = usageOf({ name: 'm', condition: { labels: ['0', "it's", 'c'] } }, { model: 'm' });
  expect(code).toContain("const condition = ['0', 'it\\'s'];");
  expect(code).toContain('model.encoder.embed(items, { condition })');
  expect(code).toContain('model.reconstruct(items, { condition })');
  expect(usageOf({ name: 'm', condition: { labels: ['a'] } }, { model: 'm' })).toContain(
    "const condition = ['a', 'a'];",
  );
});

test('of others there is none', () => {
  const code = usageOf({ name: 'm' }, { model: 'models/m' });
  expect(code).not.toContain('condition');
  expect(code).toContain("await loadAutoencoder('models/m');");
});

test('a run is exported first', () => {
  const code = usageOf({ name: 'photos' }, { run: 'my runs/photos' });
  expect(code).toMatch(
    /^\/\/ After: npx latentkit export 'my runs\/photos' --out models\/photos\n/,
  );
  expect(code).toContain("loadAutoencoder('models/photos')");
});

test.each(['plain', "it's", 'a "b"', 'C:\\new\\x', 'line\nbreak', '\\"'])(
  '%j in code is the same text',
  (text) => {
    expect(new Function(`return ${quoted(text)}`)()).toBe(text);
  },
);
