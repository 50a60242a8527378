import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { interruptible } from './interrupt.ts';
import { recordingIo } from './testing.ts';

const press = (name: 'SIGINT' | 'SIGTERM' = 'SIGINT') => process.emit(name, name);

describe('interruptible', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  test('asks the work to stop at the first press, and ends the process at the second', async () => {
    const exit = jest.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
    const io = recordingIo();
    const result = await interruptible(io, async (signal) => {
      press();
      expect([signal.aborted, exit.mock.calls]).toEqual([true, []]);
      press();
      return 'stopped';
    });
    expect(result).toBe('stopped');
    expect(io.said.join()).toContain('again to stop at once');
    expect(exit.mock.calls).toEqual([[130]]);
  });

  test('stops in order when asked to terminate', async () => {
    await interruptible(recordingIo(), async (signal) => {
      press('SIGTERM');
      expect(signal.aborted).toBe(true);
    });
  });

  test('leaves the signals alone when the work is over or failed', async () => {
    const count = () => process.listenerCount('SIGINT') + process.listenerCount('SIGTERM');
    const before = count();
    await interruptible(recordingIo(), async () => expect(count()).toBe(before + 2));
    await expect(
      interruptible(recordingIo(), () => Promise.reject(new Error('failed'))),
    ).rejects.toThrow('failed');
    expect(count()).toBe(before);
  });
});
