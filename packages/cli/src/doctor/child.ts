/** What `latentkit doctor` starts for each check, in a process that may die of what it meets. */
import { CHECKS } from './checks/index.ts';
import { findingOf } from './finding.ts';

const [wanted] = process.argv.slice(2);
const check = CHECKS.find(({ name }) => name === wanted);
if (!check) throw new Error(`There is no check '${wanted}'.`);
process.send?.(
  await check.run().catch((error) => findingOf(check.vital ? 'fault' : 'warning', error)),
);
