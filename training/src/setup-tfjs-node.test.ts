import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { nativeHalfIsHere } from './testing.ts';

const SCRIPT = join(__dirname, '..', 'scripts', 'setup-tfjs-node.mjs');

function setup(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, ...args], {
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

/** Only what changes nothing on the machine; the set-up itself needs a network and minutes. */
describe('setup-tfjs-node', () => {
  test('--check says whether it works, by its exit code too', () => {
    const { status, output } = setup('--check');
    const here = nativeHalfIsHere();
    expect(status).toBe(here ? 0 : 1);
    expect(output).toMatch(here ? /tfjs-node works \(TensorFlow \d/ : /does not work yet: \S/);
  });

  test('refuses arguments that it does not know, and a wheel that is not there', () => {
    expect(setup('--gpu')).toMatchObject({
      status: 1,
      output: expect.stringMatching(/'--gpu'.*--check/),
    });
    const missing = setup('--wheel=/nowhere/tensorflow.whl');
    expect(missing).toMatchObject({
      status: 1,
      output: expect.stringContaining('/nowhere/tensorflow.whl'),
    });
  });
});
