/** What the unit tests import from '@jest/globals', in Vitest's words: the same but for what modules are loaded anew by. */
import { vi } from 'vitest';

export { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

export const jest = {
  fn: vi.fn,
  spyOn: vi.spyOn,
  async isolateModulesAsync(use) {
    vi.resetModules();
    await use();
  },
};
