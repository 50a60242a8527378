import { describe, expect, test } from '@jest/globals';
import { interruptible } from './interrupt.ts';
import { recordingIo } from './testing.ts';

const count = () => process.listenerCount('SIGINT') + process.listenerCount('SIGTERM');

describe('interruptible', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    'asks the work to stop at the first %s, and leaves the second to the system',
    async (name) => {
      const io = recordingIo();
      const before = count();
      const result = await interruptible(io, 'Stopping after this page.', async (signal) => {
        expect(count()).toBe(before + 2);
        process.emit(name, name);
        expect([signal.aborted, (signal.reason as Error).message]).toEqual([
          true,
          `received ${name}`,
        ]);
        expect(count()).toBe(before);
        return 'stopped';
      });
      expect(result).toBe('stopped');
      expect(io.said).toEqual(['Stopping after this page. Press Ctrl-C again to stop at once.']);
    },
  );

  test('leaves the signals alone when the work is over or failed', async () => {
    const before = count();
    await interruptible(recordingIo(), '', async (signal) => expect(signal.aborted).toBe(false));
    const failing = interruptible(recordingIo(), '', () => Promise.reject(new Error('failed')));
    await expect(failing).rejects.toThrow('failed');
    expect(count()).toBe(before);
  });
});
