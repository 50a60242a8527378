import type { NamedTensors } from '@latentkit/core';
import { type Check, error, type Finding } from '../../check.ts';

export const goldenShapes: Check = {
  id: 'golden/shapes',
  summary: 'golden values have the names, types and sizes of the graphs’ inputs and outputs',
  remedy: 'Export the model again, card, graphs and golden values together.',
  needs: ['golden/present'],
  async run(model) {
    const { golden: file, graphs } = await model.card();
    const golden = await model.golden();
    const findings: Finding[] = [];
    for (const [name, card] of Object.entries(graphs)) {
      const rows = golden?.[name as keyof typeof graphs];
      if (!card || !rows) continue;
      for (const side of ['inputs', 'outputs'] as const) {
        const tensors: NamedTensors = rows[side];
        for (const { name: of, dtype, shape } of card[side]) {
          const tensor = tensors[of];
          const expected = shape.map((dim, i) =>
            i === 0 && typeof dim === 'string' ? rows.rows : dim,
          );
          const fits =
            tensor?.dtype === dtype &&
            tensor.dims.length === expected.length &&
            expected.every((dim, i) => typeof dim === 'string' || dim === tensor.dims[i]);
          if (!fits) {
            const found = tensor ? `${tensor.dtype}[${tensor.dims.join(', ')}]` : 'missing';
            const message = `${name} ${side}: '${of}' is ${found}, expected ${dtype}[${expected.join(', ')}]`;
            findings.push(error(message, file?.file));
          }
        }
      }
    }
    return { findings };
  },
};
