import { describe, expect, test } from '@jest/globals';
import { fakeCard } from '../testing.ts';
import { parseCard, validateCard } from './card.ts';

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
