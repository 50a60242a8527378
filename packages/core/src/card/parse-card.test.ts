import { describe, expect, test } from '@jest/globals';
import { CardError } from '../errors/index.ts';
import { fakeCard } from '../testing.ts';
import { MAX_CARD_BYTES, parseCard, validateCard, wholeCard } from './parse-card.ts';

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

/** What is thrown at a card that cannot be used. */
function errorOf(act: () => unknown): CardError {
  try {
    act();
  } catch (error) {
    if (CardError.isInstance(error)) return error;
    throw error;
  }
  throw new Error('the card was taken');
}

/** What to do about a card that cannot be used. */
const AGAIN = 'Copy, download or export the model again.';

test('a valid card passes unchanged, and text round-trips', () => {
  expect(validateCard(fakeCard())).toEqual(fakeCard());
  expect(parseCard(JSON.stringify(fakeCard()))).toEqual(fakeCard());
});

test.each([
  ['preprocessing.grey', [0.299, 0.587, 0.114]],
  ['preprocessing.grey', [0.299, 0.587, 0.1140005]],
  ['preprocessing.grey', [0, 0, 1]],
  ['item.range', [-1, 1]],
])('%s may be %j', (path, value) => {
  expect(() => validateCard(cardWith(path, value))).not.toThrow();
});

describe('a card is refused, and the fault is named, for', () => {
  test.each<[path: string, value: unknown, issue?: string]>([
    ['latent.size', 0],
    ['latent.size', 2.5],
    ['latent.kind', 'fourier'],
    ['item.shape', []],
    ['item.range', [1, 0]],
    ['item.range', [1, 1]],
    ['preprocessing.grey', [0.5, 0.5, 0.1]],
    ['preprocessing.grey', [0.3, 0.3, 0.3]],
    ['preprocessing.grey', [0.299, 0.587, 0.114002]],
    ['family', 'gan'],
    ['likelihood', { kind: 'gaussian', sigma: 0 }, 'likelihood.sigma'],
    ['graphs.encoder.files.fp32.file', '../../etc/passwd'],
    ['graphs.encoder.files.fp32.file', '/etc/passwd'],
    ['graphs.encoder.files.fp32.file', 'a\\b.onnx'],
    ['graphs.encoder.files.fp32.file', '.hidden'],
    ['graphs.encoder.files.fp32.sha256', 'ABC'],
    ['graphs.encoder.files.fp32.bytes', -1],
    ['graphs.decoder', undefined],
    ['provenance.seed', -1],
    ['tolerance.cpu', 0],
  ])('%s = %j', (path, value, where = path) => {
    const error = errorOf(() => validateCard(cardWith(path, value), 'a.json'));
    expect(error.code).toBe('invalid-card');
    expect(error.issues).toEqual([expect.stringMatching(new RegExp(`^${where}: \\S`))]);
    expect(error.message).toBe(
      `a.json is not a valid model card:\n  - ${error.issues[0]}\n${AGAIN}`,
    );
  });

  test('every field, each with what it should be', () => {
    const wrong = { ...fakeCard(), name: '', family: 'gan', provenance: 5 };
    expect(errorOf(() => validateCard(wrong))).toMatchObject({
      issues: [
        'name: Invalid length: Expected >=1 but received 0',
        expect.stringMatching(/^family: Invalid type: Expected \("ae" \| .*"gan"$/),
        'provenance: Invalid type: Expected Object but received 5',
      ],
      message: expect.stringMatching(
        /^model\.json is not a valid model card:\n {2}- name: .*\n {2}- family: .*\n {2}- provenance: .*\n.*export the model again\.$/,
      ),
    });
  });

  test('roles that the family needs but the graphs lack', () => {
    const outputs = [{ name: 'mean', dtype: 'float32', shape: ['batch', 2] }];
    expect(errorOf(() => validateCard(cardWith('graphs.encoder.outputs', outputs)))).toMatchObject({
      code: 'invalid-card',
      issues: ["graphs.encoder.outputs: 'log_var' is missing"],
    });
    const sizes = errorOf(() => validateCard(cardWith('latent.size', 3)));
    expect(sizes.issues[0]).toBe(
      'graphs.encoder.outputs.mean: expected a named batch dimension and 3 elements an item, received [batch, 2]',
    );
  });

  test.each<[string, string, string]>([
    ['a list', '[1]', `here must hold a JSON object, received [1]. ${AGAIN}`],
    ['null', 'null', `here must hold a JSON object, received null. ${AGAIN}`],
    ['a text', '"vae"', `here must hold a JSON object, received 'vae'. ${AGAIN}`],
    [
      'a list nested too deep',
      '['.repeat(65),
      `here is no model card: it nests arrays or objects more than 64 deep. ${AGAIN}`,
    ],
  ])('%s', (_, text, message) => {
    expect(errorOf(() => parseCard(text, 'here'))).toMatchObject({ code: 'invalid-card', message });
  });

  test.each<[string, string, boolean]>([
    ['are none in a string', JSON.stringify('['.repeat(65)), false],
    ['are none after an escaped quotation mark', `"\\"${'['.repeat(65)}"`, false],
    ['count after a string that ends in a backslash', `["\\\\",${'['.repeat(64)}`, true],
    ['count between strings', `["a",${'["b",'.repeat(64)}`, true],
    ['are none in a string that does not end', `"\\"${'['.repeat(65)}`, false],
  ])('brackets %s', (_, text, tooDeep) => {
    const { message } = errorOf(() => parseCard(text, 'here'));
    expect(message.includes('more than 64 deep')).toBe(tooDeep);
  });

  test('text that is not JSON, with what the parser says, cut to 300 letters', () => {
    const error = errorOf(() => parseCard('{', 'here'));
    const said = (error.cause as SyntaxError).message;
    expect(error).toMatchObject({
      code: 'invalid-card',
      issues: [],
      message: `here is not valid JSON: ${said}. ${AGAIN}`,
    });
    expect(error.cause).toBeInstanceOf(SyntaxError);
  });

  test.each<[string, string]>([
    ['{}', 'undefined'],
    ['{"format":3}', '3'],
    ['{"format":"1"}', "'1'"],
  ])('another format, as %s has', (text, format) => {
    expect(errorOf(() => parseCard(text))).toMatchObject({
      code: 'unsupported-format',
      message:
        `model.json has card format ${format}; this version of latentkit reads formats 1 and 2. ` +
        'Update latentkit, or export the model again.',
    });
  });
});

describe('wholeCard', () => {
  test('is the card itself, of a model that decodes', () => {
    const card = fakeCard();
    expect(wholeCard(card)).toBe(card);
  });

  test.each<[unknown, string]>([
    [undefined, 'card: expected a model card, received undefined.'],
    [
      { ...fakeCard(), family: 'encoder' },
      "model: expected one with a decoder (loadEncoder loads an encoder alone), received 'fake'.",
    ],
  ])('is none of others', (card, message) => {
    expect(() => wholeCard(card as never)).toThrow(
      expect.objectContaining({ code: 'invalid-argument', message }),
    );
  });
});

describe('a card that is large, deep or wrong in many places', () => {
  const { metrics: _, ...rest } = fakeCard();
  const errorIn = (text: string) => errorOf(() => parseCard(text));

  test('twenty problems are told, and how many more there are', () => {
    const metrics = Array(30).fill({ name: 3 });
    const { message, issues } = errorIn(JSON.stringify({ ...rest, metrics }));
    expect(issues).toHaveLength(20);
    expect(issues[0]).toMatch(/^metrics\.0\.name: /);
    // Each of the thirty lacks a value, unit, protocol, split and count beside its name.
    expect(message).toMatch(/\n {2}… and 160 more\nCopy, download or export the model again\.$/);
    expect(message.split('\n')).toHaveLength(23);
  });

  test('exactly as many as are told need no more', () => {
    const { message, issues } = errorIn(JSON.stringify({ ...rest, metrics: Array(20).fill(3) }));
    expect(issues).toHaveLength(20);
    expect(message).not.toContain('more');
  });

  test.each([
    ['metrics', { metrics: Array(20_000).fill({ name: 3 }) }],
    ['labels', { metrics: [], condition: { labels: Array(100_000).fill(1) } }],
  ])('of very many wrong %s the first is told', (_, wrong) => {
    const { issues, message, code } = errorIn(JSON.stringify({ ...rest, ...wrong }));
    expect(code).toBe('invalid-card');
    expect(issues).toHaveLength(1);
    expect(message.length).toBeLessThan(1000);
  });

  test('of 5,000 values twenty problems are told, of one more the first alone', () => {
    const told = (values: number) => {
      const wrong = { format: 1, name: 5, values: Array(values - 4).fill(0), none: null };
      return errorOf(() => validateCard(wrong)).issues.length;
    };
    expect(told(5_000)).toBeGreaterThan(1);
    expect(told(5_001)).toBe(1);
  });

  test('a problem that quotes a long value is cut', () => {
    const { issues } = errorIn(JSON.stringify({ ...fakeCard(), family: 'x'.repeat(100_000) }));
    expect(issues[0]).toMatch(/^family: .*…$/);
    expect(issues[0]).toHaveLength(301);
    const issueOf = (letters: number) =>
      errorIn(JSON.stringify({ ...fakeCard(), family: 'x'.repeat(letters) })).issues[0] as string;
    const whole = 300 - issueOf(0).length;
    expect(issueOf(whole)).toMatch(/^family: .*x"$/);
    expect(issueOf(whole)).toHaveLength(300);
    expect(issueOf(whole + 1)).toMatch(/x…$/);
  });

  test.each([65, 10_000, 3_000_000])('nested %d deep', (depth) => {
    const nested = `${'['.repeat(depth)}${']'.repeat(depth)}`;
    for (const text of [nested, `{"format":${nested}}`, `{"format":1,"name":${nested}}`]) {
      expect(errorIn(text).message).toMatch(/more than 64 deep/);
    }
  });

  test('long strings, of escapes too, are read to their end', () => {
    for (const letters of ['x'.repeat(500_000), '\\n'.repeat(250_000)]) {
      expect(errorIn(`{"format":1,"name":"${letters}"}`).issues[0]).toMatch(/^name: /);
    }
  });

  test('brackets in strings, and beside each other, are not nested', () => {
    const description = `"${'['.repeat(100)}\\"${'{'.repeat(100)}`;
    expect(parseCard(JSON.stringify({ ...fakeCard(), description })).description).toBe(description);
    expect(errorIn(JSON.stringify({ format: 1, name: Array(100).fill([]) })).issues[0]).toMatch(
      /^name: /,
    );
    for (const [open, close] of ['[]', '{}'].map((pair) => [...pair] as [string, string])) {
      // After a bracket in a string that ends in an escaped backslash.
      const before = `"a":"\\\\","b":["${close}"]`;
      const deep = `${open.repeat(63)}${close.repeat(63)}`;
      expect(errorIn(`{${before},"format":1,"name":${deep}}`).message).toContain(
        open === '[' ? '- name: ' : 'not valid JSON',
      );
      expect(errorIn(`{${before},"format":1,"name":${open}${deep}${close}}`).message).toContain(
        'more than 64 deep',
      );
    }
  });

  test('longer than a card can be', () => {
    expect(errorIn('['.repeat(MAX_CARD_BYTES + 1))).toMatchObject({
      code: 'invalid-card',
      message:
        'model.json is no model card: it has 16777217 characters, and a card at most 16777216. ' +
        'Copy, download or export the model again.',
    });
    expect(errorIn('['.repeat(MAX_CARD_BYTES)).message).toContain('more than 64 deep');
  });

  test('text that is none', () => {
    for (const [text, received] of [
      [undefined, 'undefined'],
      [5, '5'],
      [{}, 'an object with no keys'],
    ]) {
      expect(errorIn(text as never)).toMatchObject({
        code: 'invalid-card',
        message: `model.json: expected the text of a card, received ${received}.`,
      });
    }
  });
});
