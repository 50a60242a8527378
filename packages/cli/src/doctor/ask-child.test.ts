import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { askChild } from './ask-child.ts';

const folder = mkdtempSync(join(tmpdir(), 'latentkit-child-'));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;
function program(code: string): string {
  const path = join(folder, `${count++}.mjs`);
  writeFileSync(path, code);
  return path;
}

const LIMIT = { limit: 30_000 };

describe('askChild', () => {
  test('gives the answer, though the process would go on, or floods stdout', async () => {
    const path = program(
      `console.log('x'.repeat(1e6)); setInterval(() => {}, 1000); process.send([process.argv[2]]);`,
    );
    expect(await askChild(path, 'question', LIMIT)).toEqual({ answer: ['question'] });
  });

  test.each([
    ['dies of a signal', 'process.abort();', 'died by SIGABRT'],
    ['throws', "throw new Error('mine');", 'ended with code 1 and no answer'],
    ['says nothing', '', 'ended with code 0 and no answer'],
  ])('tells of a process that %s', async (_, code, ended) => {
    expect(await askChild(program(code), '', LIMIT)).toMatchObject({ ended });
  });

  test('gives the last line that the process wrote', async () => {
    const path = program(
      "process.stderr.write('y'.repeat(1e5) + '\\nGoodbye.\\n'); process.exit(3);",
    );
    expect(await askChild(path, '', LIMIT)).toEqual({
      ended: 'ended with code 3 and no answer',
      lastWords: 'Goodbye.',
    });
  });

  test('ends a process that never comes back', async () => {
    const reply = await askChild(program('for (;;);'), '', { limit: 500 });
    expect(reply).toMatchObject({ ended: 'did not answer within 0.5 s, and was ended' });
  });

  test('ends it when it is told to stop', async () => {
    const reply = await askChild(program('for (;;);'), '', {
      ...LIMIT,
      signal: AbortSignal.timeout(300),
    });
    expect(reply).toMatchObject({ ended: 'died by SIGKILL' });
  });

  test('tells of a program that is not there', async () => {
    const reply = await askChild(join(folder, 'nowhere.mjs'), '', LIMIT);
    expect(reply).toMatchObject({ ended: 'ended with code 1 and no answer' });
  });
});
