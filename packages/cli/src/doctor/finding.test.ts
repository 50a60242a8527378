import { describe, expect, test } from '@jest/globals';
import { judgeNode } from './checks/machine.ts';
import { describeFinding, findingOf } from './finding.ts';

describe('judgeNode', () => {
  test.each(['20.19.0', '20.20.2', '22.0.0', '100.0.1'])('takes %s for 20.19', (version) => {
    expect(judgeNode(version, '>=20.19').health).toBe('ok');
  });
  test.each(['20.18.3', '18.20.8', '0.12.0'])('says what to do about %s', (version) => {
    expect(judgeNode(version, '>=20.19')).toEqual({
      health: 'fault',
      says: 'older than 20.19',
      remedy: 'Install Node 20.19 or later: https://nodejs.org',
    });
  });
});

describe('findingOf', () => {
  test('parts what is so from what to do', () => {
    const error = new Error(
      'It does not\nload: no.\nWhat to do:\n  1. Install it.\n  2. Or do not.',
    );
    expect(findingOf('fault', error)).toEqual({
      health: 'fault',
      says: 'It does not load: no.',
      remedy: '  1. Install it.\n  2. Or do not.',
    });
    expect(findingOf('warning', 'thrown')).toEqual({
      health: 'warning',
      says: 'thrown',
      remedy: undefined,
    });
  });
});

test('describeFinding puts what to do below what is so', () => {
  const finding = {
    check: 'sharp',
    health: 'fault',
    says: 'is not there',
    remedy: '  1. a\n  2. b',
  };
  expect(describeFinding(finding as never, 8)).toBe(
    ['fault    sharp     is not there', '                   1. a', '                   2. b'].join(
      '\n',
    ),
  );
});
