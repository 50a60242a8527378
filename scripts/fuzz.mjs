/** All of test/fuzz: 5,000 mutated models and 2,000 cards. LATENTKIT_FUZZ_SEED=7 gives others. */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const { status } = spawnSync(
  process.execPath,
  [jest, '--selectProjects=test', '--testPathPatterns=test/fuzz'],
  {
    stdio: 'inherit',
    env: { ...process.env, LATENTKIT_FUZZ: 'all' },
  },
);
process.exitCode = status ?? 1;
