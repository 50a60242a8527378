import { describe, expect, test } from '@jest/globals';
import { Scheduler } from './scheduler.ts';

/** Jobs that end when they are told to, and a log of the order in which they began. */
function workshop(options?: ConstructorParameters<typeof Scheduler>[0]) {
  const scheduler = new Scheduler(options);
  const began: string[] = [];
  const finish = new Map<string, (error?: Error) => void>();
  const run = (what: string, items = 1, signal?: AbortSignal) =>
    scheduler.run(
      () => {
        began.push(what);
        return new Promise<string>((resolve, reject) => {
          finish.set(what, (error) => (error ? reject(error) : resolve(what)));
        });
      },
      { what, items, signal },
    );
  const end = async (what: string, error?: Error) => {
    finish.get(what)?.(error);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { run, end, began };
}

describe('Scheduler', () => {
  test('runs as many at a time as allowed, the others in order', async () => {
    const { run, end, began } = workshop({ concurrency: 2 });
    const results = ['a', 'b', 'c', 'd'].map((what) => run(what));
    expect(began).toEqual(['a', 'b']);
    await end('b');
    expect(began).toEqual(['a', 'b', 'c']);
    for (const what of ['a', 'c', 'd']) await end(what);
    expect(await Promise.all(results)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('small jobs overtake large ones, but do not starve them', async () => {
    const { run, end, began } = workshop();
    const results = [run('first', 1000), run('large 1', 1000), run('large 2', 1000)];
    for (let i = 0; i < 20; i++) results.push(run(`small ${i}`));
    for (let i = 0; i < 23; i++) await end(began.at(-1) as string);
    await Promise.all(results);
    expect(began.slice(1, 17)).toEqual(Array.from({ length: 16 }, (_, i) => `small ${i}`));
    expect(began[17]).toBe('large 1');
    expect(began.slice(18, 22).every((what) => what.startsWith('small'))).toBe(true);
    expect(began[22]).toBe('large 2');
  });

  test('a failed job harms no other', async () => {
    const { run, end } = workshop();
    const [a, b] = [run('a'), run('b')];
    await Promise.all([expect(a).rejects.toThrow('broken'), end('a', new Error('broken'))]);
    await end('b');
    expect(await b).toBe('b');
  });

  test('an aborted job that waits is never begun; the result of one that runs is dropped', async () => {
    const { run, end, began } = workshop();
    const controller = new AbortController();
    const running = run('running', 1, controller.signal);
    const waiting = run('waiting', 1, controller.signal);
    const other = run('other');
    controller.abort(new Error('enough'));
    await expect(running).rejects.toMatchObject({ code: 'aborted', cause: new Error('enough') });
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
    expect(began).toEqual(['running']);
    await end('running');
    await end('other');
    expect(await other).toBe('other');
    expect(began).toEqual(['running', 'other']);
    await expect(run('late', 1, controller.signal)).rejects.toMatchObject({ code: 'aborted' });
  });

  test('a signal from AbortSignal.timeout makes a timeout of it', async () => {
    const { run, end } = workshop();
    const late = run('slow', 1, AbortSignal.timeout(5));
    await expect(late).rejects.toMatchObject({ code: 'timeout', name: 'TimeoutError' });
    await end('slow');
  });

  test('the queue is bounded, and a job that leaves it makes room', async () => {
    const { run, end } = workshop({ maxQueue: 1 });
    const controller = new AbortController();
    const running = run('running');
    const waiting = run('waiting', 1, controller.signal);
    await expect(run('too many')).rejects.toMatchObject({
      code: 'queue-full',
      message: expect.stringMatching(/1 calls are waiting.*use stream\(\)/),
    });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
    const next = run('next');
    await end('running');
    await end('next');
    expect(await Promise.all([running, next])).toEqual(['running', 'next']);
  });

  test('what is refused is told what to do', async () => {
    const { run, end } = workshop({ maxQueue: 2 });
    const accepted = [run('running'), run('small', 16), run('large', 17)];
    await expect(run('The encoder')).rejects.toMatchObject({
      code: 'queue-full',
      message:
        'The encoder: 2 calls are waiting already. Await earlier calls, ' +
        'send larger batches, use stream() (it waits by itself), or raise maxQueue.',
    });
    for (const what of ['running', 'small', 'large']) await end(what);
    expect(await Promise.all(accepted)).toEqual(['running', 'small', 'large']);
  });

  test('a queue of none still runs what finds nothing before it; the rest of a call is let in', async () => {
    const scheduler = new Scheduler({ maxQueue: 0 });
    const never = new Promise<string>(() => {});
    void scheduler.run(() => never, { what: 'a', items: 1 });
    const job = async () => 'ran';
    const refused = scheduler.run(job, { what: 'b', items: 1 });
    await expect(refused).rejects.toMatchObject({ code: 'queue-full' });
    const admitted = scheduler.run(job, { what: 'c', items: 1, admitted: true });
    expect(await Promise.race([admitted, 'waits'])).toBe('waits');
  });

  test('4096 calls may wait where nothing is said, and any number where that is', async () => {
    const waiting = async (options: ConstructorParameters<typeof Scheduler>[0], count: number) => {
      const { run } = workshop(options);
      const calls = Array.from({ length: count + 1 }, (_, i) => run(`${i}`));
      return Promise.race([...calls, 'all wait']);
    };
    expect(await waiting({}, 4096)).toBe('all wait');
    await expect(waiting({}, 4097)).rejects.toMatchObject({ code: 'queue-full' });
    expect(await waiting({ maxQueue: Number.POSITIVE_INFINITY }, 5000)).toBe('all wait');
  });

  test('sixteen items are a small job, seventeen a large one', async () => {
    const { run, end, began } = workshop();
    const jobs = [run('first'), run('large', 17), run('small', 16)];
    for (let i = 0; i < 3; i++) await end(began.at(-1) as string);
    await Promise.all(jobs);
    expect(began).toEqual(['first', 'small', 'large']);
  });

  test('small jobs that passed while no large one waited do not count', async () => {
    const { run, end, began } = workshop();
    const jobs = Array.from({ length: 18 }, (_, i) => run(`early ${i}`));
    for (let i = 0; i < 17; i++) await end(`early ${i}`);
    jobs.push(run('large', 17));
    for (let i = 0; i < 18; i++) jobs.push(run(`late ${i}`));
    for (let i = 0; i < 20; i++) await end(began.at(-1) as string);
    await Promise.all(jobs);
    expect(began.indexOf('large')).toBe(18 + 16);
  });

  test.each([
    ['7', "'7'"],
    [-1, '-1'],
    [Number.NaN, 'NaN'],
    [null, 'null'],
    [[7], '[7]'],
  ])('a maxQueue of %p is refused', (maxQueue, received) => {
    expect(() => new Scheduler({ maxQueue: maxQueue as number })).toThrow(
      `maxQueue: expected a number of at least 0, received ${received}.`,
    );
  });
});
