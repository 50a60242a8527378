import { describe, expect, test } from '@jest/globals';
import { Participant } from '../../bench/src/participants/participant.ts';
import { median, printReport, row } from '../../bench/src/report.ts';

describe('a row', () => {
  const measured = new Map([
    ['mine', [1, 2, 9]],
    ['theirs', [4, 4, 3]],
  ]);

  test('takes ratios pair by pair, not from the medians', () => {
    const found = row('a case', 'ms', 'mine', measured);
    expect(found.ours).toEqual({ min: 1, median: 2, max: 9 });
    expect(found.peers).toEqual({ theirs: { min: 3, median: 4, max: 4 } });
    // 0.25, 0.5 and 3
    expect(found.ratio).toEqual({ theirs: 0.5 });
  });

  test('is printed with its ratios, and absent peers with their reasons', () => {
    const text = printReport({
      name: 'test',
      machine: 'here',
      rows: [row('a case', 'ms', 'mine', measured)],
      absent: { other: 'not installed' },
    });
    expect(text).toContain('ours / theirs = 0.5');
    expect(text).toContain('absent: other: not installed');
  });

  test('the median of an even number is the mean of the middle two', () => {
    expect(median([4, 1, 3, 100])).toBe(3.5);
  });
});

describe('a participant', () => {
  const script = (code: string) => new Participant('one', process.execPath, ['-e', code]);

  test('answers each question, and ends with its input', async () => {
    const one = script(`
      console.log('{"ready": true}');
      require('node:readline').createInterface({ input: process.stdin })
        .on('line', (line) => console.log(JSON.stringify({ ms: 2 * Number(line) })));
    `);
    expect(await one.start()).toBeUndefined();
    expect(await one.ask(3)).toEqual({ ms: 6 });
    expect(await one.ask(4)).toEqual({ ms: 8 });
    await one.stop();
  });

  test('is absent with a reason: its own word, its last error, a command that is not there', async () => {
    const cases = [
      [script(`console.log('{"absent": "no such library"}')`), /^no such library$/],
      [script(`throw new Error('broken')`), /^Error: broken$/],
      [script('process.exit(3)'), /^one ended without an answer$/],
      [new Participant('none', '/nowhere/python3', []), /ENOENT/],
    ] as const;
    for (const [one, reason] of cases) {
      expect(await one.start()).toMatch(reason);
      await one.stop();
    }
  });
});
