import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/**
 * The unit tests under Vitest, for `npm run mutate` alone: it runs the tests of a mutant in a process that has
 * loaded them already, where Jest loads itself and every module again for each mutant (half a minute, not half a
 * second).
 */
export default defineConfig({
  resolve: {
    alias: { '@jest/globals': join(import.meta.dirname, 'jest-globals.mjs') },
    conditions: ['latentkit-source', 'node', 'import', 'default'],
  },
  ssr: { resolve: { conditions: ['latentkit-source', 'node', 'import', 'default'] } },
  test: {
    include: process.env.LATENTKIT_MUTATE_TESTS?.split(','),
    // Mocks a module, by Jest's own means.
    exclude: ['packages/core/src/model/sixth-kind.test.ts'],
    // No unit test needs modules of its own; those that do load them anew.
    isolate: false,
    testTimeout: 30_000,
  },
});
