import { describe, expect, test } from '@jest/globals';
import { LatentkitError } from '@latentkit/core';
import { type DownloadOptions, download } from './download.ts';

const URL_ = 'https://example.org/file';

/** A body that comes in pieces of 10 bytes, and tells how much of it was taken. */
function pieces(count: number): { response: Response; taken: () => number } {
  let sent = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (sent === count) controller.close();
        else controller.enqueue(new Uint8Array(10).fill(sent++));
      },
    },
    { highWaterMark: 0 },
  );
  return { response: new Response(body), taken: () => sent };
}

const options = (
  answer: () => Response | Promise<Response>,
  changes: Partial<DownloadOptions> = {},
): DownloadOptions => ({
  fetch: async (_, init) => {
    init?.signal?.throwIfAborted();
    return answer();
  },
  limit: 1000,
  tooLarge: () => new LatentkitError('too-large', 'too large'),
  ...changes,
});

describe('download', () => {
  test('puts the pieces together and reports each', async () => {
    const progress: number[] = [];
    const bytes = await download(
      URL_,
      options(() => pieces(3).response, { onBytes: (loaded) => progress.push(loaded) }),
    );
    expect([...bytes]).toEqual([0, 1, 2].flatMap((value) => Array(10).fill(value)));
    expect(progress).toEqual([10, 20, 30]);
  });

  test('what a listener throws is no fault of the network', async () => {
    const own = new Error('a fault of the page');
    const onBytes = () => {
      throw own;
    };
    await expect(
      download(
        URL_,
        options(() => pieces(3).response, { onBytes }),
      ),
    ).rejects.toBe(own);
  });

  test('stops at the limit, not at the end', async () => {
    const { response, taken } = pieces(1000);
    await expect(
      download(
        URL_,
        options(() => response, { limit: 45 }),
      ),
    ).rejects.toMatchObject({
      code: 'too-large',
    });
    expect(taken()).toBeLessThan(10);
  });

  test.each([
    [404, 'not-found'],
    [410, 'not-found'],
    [403, 'network'],
    [500, 'network'],
  ])('status %d is %s', async (status, code) => {
    const failing = options(() => new Response('', { status }));
    await expect(download(URL_, failing)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(String(status)),
    });
  });

  test('an unreachable server is told with its address and cause', async () => {
    const cause = new TypeError('Failed to fetch');
    const failing = options(() => Promise.reject(cause));
    await expect(download(URL_, failing)).rejects.toMatchObject({
      code: 'network',
      message: expect.stringMatching(/example\.org\/file.*Failed to fetch.*CORS/),
      cause,
    });
  });

  test('ends with the signal, before and during the transfer', async () => {
    const controller = new AbortController();
    const { response, taken } = pieces(1000);
    const running = download(
      URL_,
      options(
        () => {
          // As fetch does: the signal fails the body that is being read.
          const failing = response.body as ReadableStream<Uint8Array>;
          return new Response(
            failing.pipeThrough(new TransformStream(), { signal: controller.signal }),
          );
        },
        {
          signal: controller.signal,
          onBytes: (loaded) => loaded > 20 && controller.abort('enough'),
        },
      ),
    );
    await expect(running).rejects.toMatchObject({ code: 'aborted', cause: 'enough' });
    expect(taken()).toBeLessThan(20);
    const early = options(() => new Response(''), { signal: AbortSignal.abort() });
    await expect(download(URL_, early)).rejects.toMatchObject({ code: 'aborted' });
  });
});
