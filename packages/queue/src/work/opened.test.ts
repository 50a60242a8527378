import { expect, test } from '@jest/globals';
import type { ShardJob } from '../jobs/shard-job.ts';
import { Opened } from './opened.ts';

test('a served model is asked for where it is, not told to run on threads of the worker', async () => {
  const opened = new Opened({ execution: 'worker' });
  // Nobody listens there: that is what is wrong, and not an option that nobody gave.
  const job = { model: 'oip+http://127.0.0.1:1/mine', score: false } as ShardJob;
  await expect(opened.model(job)).rejects.toMatchObject({ code: 'network' });
  await opened.dispose();
});
