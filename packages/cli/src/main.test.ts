import { afterEach, expect, test } from '@jest/globals';
import { main } from './main.ts';

const before = process.env['LATENTKIT_REDIS'];

afterEach(() => {
  if (before === undefined) delete process.env['LATENTKIT_REDIS'];
  else process.env['LATENTKIT_REDIS'] = before;
});

test.each([
  ['', [], 'LATENTKIT_REDIS'],
  ['secret', [], 'LATENTKIT_REDIS'],
  ['redis://localhost', ['--redis', 'localhost:6399'], '--redis'],
])('what is wrong is told by what was given: %p %p', async (variable, options, name) => {
  process.env['LATENTKIT_REDIS'] = variable;
  const errors: string[] = [];
  const io = { out: () => {}, err: (text: string) => void errors.push(text), interactive: false };
  expect(await main(['queue', 'status', ...options], io)).toBe(2);
  expect(errors).toEqual([
    expect.stringMatching(`^error: ${name}: expected the address of a Redis, such as `),
  ]);
  expect(errors[0]).not.toContain('secret');
});
