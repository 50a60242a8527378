import { bundleCases } from './bundle-cases.ts';
import type { MatrixCase } from './case.ts';
import { conditionCases } from './condition-cases.ts';
import { desktopCases } from './desktop-cases.ts';
import { frameworkCases } from './framework-cases.ts';
import { nodeCases } from './node-cases.ts';
import { pageCases } from './page-cases.ts';
import { typeCases } from './type-cases.ts';

/** All of the matrix, in the order of its table. */
export const CASES: readonly MatrixCase[] = [
  ...nodeCases,
  ...typeCases,
  ...bundleCases,
  ...pageCases,
  ...frameworkCases,
  ...desktopCases,
  ...conditionCases,
];
