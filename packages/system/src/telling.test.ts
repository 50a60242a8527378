import { expect, jest, test } from '@jest/globals';
import { telling } from './telling.ts';

const fault = new Error('the disk of the log is full');

test('what is told reaches the callback; without one, nobody', () => {
  const callback = jest.fn();
  telling(callback)('a', 1);
  expect(callback.mock.calls).toEqual([['a', 1]]);
  telling<[string]>(undefined)('a');
});

test.each([
  [
    'at once',
    () => {
      throw fault;
    },
  ],
  [
    'later',
    async () => {
      throw fault;
    },
  ],
])('what a callback throws %s is handed on', async (_, callback) => {
  const faults: Error[] = [];
  telling(callback, (error) => faults.push(error))();
  await null;
  await null;
  expect(faults).toEqual([fault]);
});

test('what is thrown and is no error becomes one', () => {
  const onFault = jest.fn();
  telling(() => {
    throw 'full';
  }, onFault)();
  expect(onFault).toHaveBeenCalledWith(expect.objectContaining({ message: 'full', cause: 'full' }));
});

test('without a handler it is a warning of the process', () => {
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
  telling(() => {
    throw fault;
  })();
  const code = 'LATENTKIT_CALLBACK';
  expect(warn.mock.calls).toEqual([
    [
      expect.stringMatching(/^A callback failed: Error: the disk of the log is full\n +at /),
      { type: 'LatentkitWarning', code },
    ],
  ]);
  warn.mockRestore();
});
