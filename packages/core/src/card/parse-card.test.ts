import { describe, expect, test } from '@jest/globals';
import { CardError } from '../errors/index.ts';
import { fakeCard } from '../testing.ts';
import { MAX_CARD_BYTES, parseCard, validateCard } from './parse-card.ts';

/** The fake card with the value at a path replaced. */
function cardWith(path: string, value: unknown): unknown {
  const card = structuredClone(fakeCard()) as unknown as Record<string, unknown>;
  const keys = path.split('.');
  const last = keys.pop() as string;
  const parent = keys.reduce((node, key) => node[key] as Record<string, unknown>, card);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return card;
}

test('a valid card passes unchanged, and text round-trips', () => {
  expect(validateCard(fakeCard())).toEqual(fakeCard());
  expect(parseCard(JSON.stringify(fakeCard()))).toEqual(fakeCard());
});

describe('a card is refused, and the fault is named, for', () => {
  test.each([
    ['latent.size', 0],
    ['latent.size', 2.5],
    ['latent.kind', 'fourier'],
    ['item.shape', []],
    ['item.range', [1, 0]],
    ['family', 'gan'],
    ['likelihood', { kind: 'gaussian', sigma: 0 }],
    ['graphs.encoder.files.fp32.file', '../../etc/passwd'],
    ['graphs.encoder.files.fp32.file', '/etc/passwd'],
    ['graphs.encoder.files.fp32.file', 'a\\b.onnx'],
    ['graphs.encoder.files.fp32.file', '.hidden'],
    ['graphs.encoder.files.fp32.sha256', 'ABC'],
    ['graphs.encoder.files.fp32.bytes', -1],
    ['graphs.decoder', undefined],
    ['provenance.seed', -1],
    ['tolerance.cpu', 0],
  ])('%s = %j', (path, value) => {
    const validating = () => validateCard(cardWith(path, value));
    expect(validating).toThrow(expect.objectContaining({ code: 'invalid-card' }));
    const parts = path.split('.');
    expect(validating).toThrow(parts[0] as string);
  });

  test('roles that the family needs but the graphs lack', () => {
    expect(() =>
      validateCard(
        cardWith('graphs.encoder.outputs', [
          { name: 'mean', dtype: 'float32', shape: ['batch', 2] },
        ]),
      ),
    ).toThrow(/graphs.encoder.outputs: 'log_var' is missing/);
    expect(() => validateCard(cardWith('latent.size', 3))).toThrow(
      /encoder.outputs.mean: .*3 elements an item, received \[batch, 2\]/,
    );
    expect(() =>
      validateCard(
        cardWith('graphs.encoder.inputs', [{ name: 'x', dtype: 'float32', shape: [1, 4] }]),
      ),
    ).toThrow(/named batch dimension/);
  });

  test('text that is not JSON, and JSON that is no object', () => {
    expect(() => parseCard('{', 'here')).toThrow(/^here is not valid JSON/);
    expect(() => parseCard('[1]')).toThrow(/must hold a JSON object/);
    expect(() => parseCard('null')).toThrow(/must hold a JSON object/);
    expect(() => parseCard('{}')).toThrow(expect.objectContaining({ code: 'unsupported-format' }));
  });
});

describe('a card that is large, deep or wrong in many places', () => {
  const { metrics: _, ...rest } = fakeCard();
  const errorOf = (text: string): CardError => {
    try {
      parseCard(text);
    } catch (error) {
      if (CardError.isInstance(error)) return error;
      throw error;
    }
    throw new Error('the card was taken');
  };

  test('twenty problems are told, and how many more there are', () => {
    const metrics = Array(30).fill({ name: 3 });
    const { message, issues } = errorOf(JSON.stringify({ ...rest, metrics }));
    expect(issues).toHaveLength(20);
    expect(issues[0]).toMatch(/^metrics\.0\.name: /);
    expect(message).toMatch(/\n {2}… and \d+ more$/);
    expect(message.split('\n')).toHaveLength(22);
  });

  test('exactly as many as are told need no more', () => {
    const { message, issues } = errorOf(JSON.stringify({ ...rest, metrics: Array(20).fill(3) }));
    expect(issues).toHaveLength(20);
    expect(message).not.toContain('more');
  });

  test.each([
    ['metrics', { metrics: Array(200_000).fill({ name: 3 }) }],
    ['labels', { metrics: [], condition: { labels: Array(1_000_000).fill(1) } }],
  ])('of very many wrong %s the first is told', (_, wrong) => {
    const { issues, message, code } = errorOf(JSON.stringify({ ...rest, ...wrong }));
    expect(code).toBe('invalid-card');
    expect(issues).toHaveLength(1);
    expect(message.length).toBeLessThan(1000);
  });

  test('a problem that quotes a long value is cut', () => {
    const { issues } = errorOf(JSON.stringify({ ...fakeCard(), family: 'x'.repeat(100_000) }));
    expect(issues[0]?.length).toBeLessThanOrEqual(301);
  });

  test.each([65, 10_000, 3_000_000])('nested %d deep', (depth) => {
    const nested = `${'['.repeat(depth)}${']'.repeat(depth)}`;
    for (const text of [nested, `{"format":${nested}}`, `{"format":1,"name":${nested}}`]) {
      expect(errorOf(text).message).toMatch(/more than 64 deep/);
    }
  });

  test('long strings, of escapes too, are read to their end', () => {
    for (const letters of ['x'.repeat(15_000_000), '\\n'.repeat(7_000_000)]) {
      expect(errorOf(`{"format":1,"name":"${letters}"}`).issues[0]).toMatch(/^name: /);
    }
  });

  test('brackets in strings, and beside each other, are not nested', () => {
    const description = `"${'['.repeat(100)}\\"${'{'.repeat(100)}`;
    expect(parseCard(JSON.stringify({ ...fakeCard(), description })).description).toBe(description);
    expect(errorOf(JSON.stringify({ format: 1, name: Array(100).fill([]) })).issues[0]).toMatch(
      /^name: /,
    );
    const nested = `${'['.repeat(63)}${']'.repeat(63)}`;
    expect(errorOf(`{"format":1,"name":${nested}}`).issues).toContainEqual(
      expect.stringMatching(/^name: /),
    );
  });

  test('longer than a card can be', () => {
    expect(errorOf(' '.repeat(MAX_CARD_BYTES + 1)).message).toMatch(/and a card at most 16777216/);
    expect(errorOf(' '.repeat(MAX_CARD_BYTES)).message).toMatch(/not valid JSON/);
  });

  test('text that is none', () => {
    for (const text of [undefined, null, 5, {}]) {
      expect(errorOf(text as never).message).toMatch(/expected the text of a card, received/);
    }
  });

  test('numbers that no float32 holds', () => {
    for (const preprocessing of [
      { scale: 1e300, offset: 0 },
      { scale: 1, offset: -1e39 },
      { scale: 3e36, offset: 0 },
    ]) {
      expect(errorOf(JSON.stringify({ ...fakeCard(), preprocessing })).issues).toEqual([
        expect.stringMatching(/^preprocessing: /),
      ]);
    }
    const small = { scale: 1e36, offset: -1e38 };
    expect(() => validateCard({ ...fakeCard(), preprocessing: small })).not.toThrow();
  });

  test('graphs of another dtype', () => {
    const card = fakeCard();
    card.graphs.decoder.inputs = [{ name: 'z', dtype: 'int32', shape: ['batch', 2] }];
    expect(errorOf(JSON.stringify(card)).issues).toEqual([
      'graphs.decoder.inputs.z: expected float32, received int32',
    ]);
  });
});
