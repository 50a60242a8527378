import { beforeAll, describe, expect, test } from '@jest/globals';
import { datasetOf, readItems } from '@latentkit/data';
import { openPlainTfjs } from '../engines/open-plain-tfjs.ts';
import { createPseudoInputs } from '../families/pseudo-inputs.ts';
import { beginAsItems } from './begin-as-items.ts';

beforeAll(openPlainTfjs);

describe('pseudo-inputs', () => {
  const { train } = datasetOf({
    images: Float32Array.from({ length: 80 }, (_, i) => i / 80),
    itemShape: [2, 2, 1],
  });
  const begun = (seed: number, count = 5) => {
    const pseudoInputs = createPseudoInputs(count, 4, [0, 1]);
    beginAsItems(pseudoInputs, train, seed);
    return [...pseudoInputs.values().dataSync()];
  };

  test('begin as training items, each once, the same for a seed', () => {
    const all = readItems(train);
    const rows = (values: number[]) =>
      Array.from({ length: values.length / 4 }, (_, i) => String(values.slice(4 * i, 4 * i + 4)));
    const items = rows([...all]);
    const chosen = rows(begun(1, train.count));
    expect([...chosen].sort()).toEqual([...items].sort());
    expect(begun(1)).toEqual(begun(1));
    expect(begun(1)).not.toEqual(begun(2));
  });

  test('more than there are items are refused', () => {
    expect(() => begun(1, train.count + 1)).toThrow(
      `pseudo-inputs: expected at most ${train.count}, as there are training items, which they begin as, received ${train.count + 1}`,
    );
  });
});
