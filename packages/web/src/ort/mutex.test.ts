import { expect, test } from '@jest/globals';
import { Mutex } from './mutex.ts';

test('work runs alone, in order, and a failure harms no other', async () => {
  const mutex = new Mutex();
  const log: string[] = [];
  const work = (name: string, fails = false) =>
    mutex.run(async () => {
      log.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 1));
      log.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    });
  const results = await Promise.allSettled([work('a'), work('b', true), work('c')]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(log).toEqual(['a', 'b', 'c'].flatMap((name) => [`${name} begins`, `${name} ends`]));
});
