import { expect, test } from '@jest/globals';
import { loadOptional } from './load-optional.ts';

test('says what to install where a package is missing, and lets other errors be', async () => {
  const failing = (error: Error) => loadOptional(() => Promise.reject(error), '@x/y', 'The y');
  const missing = Object.assign(new Error('gone'), { code: 'ERR_MODULE_NOT_FOUND' });
  await expect(failing(missing)).rejects.toMatchObject({
    code: 'missing-dependency',
    message: 'The y is a package of its own, which is not installed: npm install @x/y',
  });
  await expect(failing(new Error('broken'))).rejects.toThrow('broken');
  expect(await loadOptional(async () => 1, '@x/y', 'The y')).toBe(1);
});
