import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { tinyItems, tinyMeans, tinyModel } from '../../../../test/fixtures/tiny-model.ts';
import { trials } from '../../../../test/setup/tier.ts';
import { type Served, serve } from '../serve.ts';
import { inferJson, inputOf } from '../testing.ts';

const AT_ONCE = 100;
const TRIES = trials('requests', { quick: 3 * AT_ONCE, all: 10 * AT_ONCE });
const MAX_BODY = 5000;
const TIMEOUT_MS = 250;

let served: Served;
const ownErrors: Error[] = [];

beforeAll(async () => {
  served = await serve({
    ...{ models: { tiny: tinyModel().files }, port: 0, execution: 'inline', device: 'cpu' },
    ...{ maxBodyBytes: MAX_BODY, requestTimeoutMs: TIMEOUT_MS, lingerMs: 0 },
    onError: (error) => ownErrors.push(error),
  });
});
afterAll(() => served.close());

interface Said {
  /** Undefined where the connection ended without an answer. */
  readonly status: number | undefined;
  readonly error: unknown;
}

/** Sends bytes as they are, and reads what comes back; `cut` closes the connection at once instead. */
function say(pieces: readonly (string | Uint8Array)[], { cut = false } = {}): Promise<Said> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(served.url).port), '127.0.0.1');
    const received: Buffer[] = [];
    socket.on('data', (piece: Buffer) => received.push(piece));
    socket.on('error', () => {});
    socket.on('close', () => {
      const [head = '', body = ''] = Buffer.concat(received).toString().split('\r\n\r\n');
      const status = /^HTTP\/1.1 (\d+)/.exec(head)?.[1];
      let error: unknown;
      try {
        error = (JSON.parse(body) as { error?: unknown }).error;
      } catch {
        error = undefined;
      }
      resolve({ status: status === undefined ? undefined : Number(status), error });
    });
    for (const piece of pieces) socket.write(piece);
    if (cut) setImmediate(() => socket.destroy());
  });
}

const PATH = '/v2/models/tiny-encoder/infer';

const head = (length: number | string, more = '', path = PATH) =>
  `POST ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${length}\r\n${more}\r\n`;

const request = { inputs: [inputOf(tinyItems(2))], outputs: [{ name: 'mean' }] };

/** A sound request with something else in the place of one of its parts. */
const spoiled = fc.tuple(fc.nat(), fc.jsonValue({ maxDepth: 2 })).map(([at, value]) => {
  let left = at % JSON.stringify(request).split(',').length;
  const spoil = (part: unknown): unknown => {
    if (left-- === 0) return value;
    if (Array.isArray(part)) return part.map(spoil);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([name, inner]) => [name, spoil(inner)]));
  };
  return JSON.stringify(spoil(request));
});

const bytes = fc.uint8Array({ maxLength: 200 });

/** What is sent, and whether there may be no answer. */
const attempt = fc.oneof(
  spoiled.map((body) => ({ pieces: [head(Buffer.byteLength(body)), body] })),
  fc.tuple(bytes, fc.string({ unit: 'grapheme-ascii', maxLength: 8 })).map(([body, length]) => ({
    pieces: [head(body.length, `inference-header-content-length: ${length}\r\n`), body],
  })),
  fc.tuple(fc.nat({ max: 60 }), fc.boolean(), bytes).map(([count, isWhole, some]) => {
    const rest = isWhole ? new Uint8Array(16 * count) : some;
    const entry = { name: 'x', datatype: 'FP32', shape: [count, 4] };
    const input = { ...entry, parameters: { binary_data_size: 16 * count } };
    const json = JSON.stringify({ inputs: [input] });
    const more = `inference-header-content-length: ${json.length}\r\n`;
    return { pieces: [head(json.length + rest.length, more), json, rest] };
  }),
  fc.webPath().map((path) => ({ pieces: [head(2, '', `/v2${path}`), '{}'] })),
  fc.integer({ min: MAX_BODY + 1, max: 20 * MAX_BODY }).map((size) => ({
    pieces: [head(size), new Uint8Array(size)],
  })),
  fc.string({ unit: 'grapheme-ascii', maxLength: 30 }).map((value) => ({
    pieces: [`POST ${PATH} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${value}\r\n\r\n`],
  })),
  bytes.map((garbage) => ({ pieces: [garbage, '\r\n\r\n'], silent: true })),
  fc.nat({ max: 200 }).map((at) => ({
    pieces: [head(200), JSON.stringify(request).slice(0, at)],
    cut: true,
  })),
);

const TYPED = [200, 400, 404, 405, 408, 413, 415, 431];

describe('a server that is sent anything', () => {
  test(`answers each of ${TRIES} requests in its form, and goes on`, async () => {
    const seen = new Map<number | undefined, number>();
    const property = fc.asyncProperty(
      fc.array(attempt, { minLength: AT_ONCE, maxLength: AT_ONCE }),
      async (all) => {
        const answers = await Promise.all(
          all.map(async (each) => ({
            each,
            ...(await say(each.pieces, each as { cut?: boolean })),
          })),
        );
        for (const { each, status, error } of answers) {
          seen.set(status, (seen.get(status) ?? 0) + 1);
          const mayBeSilent = 'cut' in each || 'silent' in each;
          if (status === undefined && mayBeSilent) continue;
          expect(TYPED).toContain(status);
          if (status !== 200) expect(error).toEqual(expect.any(String));
        }
      },
    );
    await fc.assert(property, { numRuns: TRIES / AT_ONCE, seed: 7 });
    // Otherwise the attempts would be of too few kinds.
    for (const status of [200, 400, 404, 413, undefined])
      expect(seen.get(status)).toBeGreaterThan(5);
    expect(ownErrors).toEqual([]);
    const items = tinyItems(2);
    const { json } = await inferJson(served, { inputs: [inputOf(items)] });
    const data = [...tinyMeans(items)].map((mean) => expect.closeTo(mean, 5));
    expect(json).toMatchObject({ outputs: [{ name: 'mean', data }, { name: 'log_var' }] });
  }, 60_000);

  test.each([
    ['headers', [`POST ${PATH} HTTP/1.1\r\nhost: x\r\n`]],
    ['a body', [head(200), '{"inputs": ']],
    [
      'a body without a length',
      [`POST ${PATH} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n`],
    ],
  ])('answers 408 to %s that never end', async (_, pieces) => {
    const start = performance.now();
    const { status, error } = await say(pieces);
    expect([status, error]).toEqual([408, expect.stringContaining('Timeout')]);
    expect(performance.now() - start).toBeLessThan(10 * TIMEOUT_MS);
  });
});
