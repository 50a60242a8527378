import { afterAll, expect, test } from '@jest/globals';
import { someOf } from '../setup/tier.ts';
import { Judge } from './judge-process.ts';

const judge = new Judge(8000);
afterAll(() => judge.stop());

const planted = (name: string) =>
  judge.fault({ kind: 'planted', bytes: new TextEncoder().encode(name) });

const PLANTED: readonly (readonly [string, RegExp])[] = [
  ['hangs', /^never ends; Infinity ms/],
  ['crashes', /^the process ended: SIGABRT/],
  ['exits', /^the process ended: 0/],
  ['is slow', /^[2-9]\d{3}(\.\d+)? ms|^never ends/],
  ['fills memory', /(^|; )\d{3,4}(\.\d+)? MiB/],
  ['fills the heap', /^the process ended: SIGABRT|^never ends/],
  ['throws an error of nobody', /^TypeError: planted/],
  ['throws a string', /^planted/],
  ['recurses for ever', /^RangeError: Maximum call stack/],
];

/** One of each way: without an end, the end of the process, too much of the machine, an error of nobody. */
const QUICK = ['hangs', 'crashes', 'fills memory', 'throws an error of nobody'];

test.each(someOf('planted faults', PLANTED, ([name]) => QUICK.includes(name)))(
  'a case that %s is reported, and the next is judged all the same',
  async (name, report) => {
    expect(await planted(name)).toMatch(report);
    expect(await planted('is right')).toBeUndefined();
  },
  120_000,
);
