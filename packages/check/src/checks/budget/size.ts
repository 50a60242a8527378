import type { Precision } from '@latentkit/core';
import { type Check, error } from '../../check.ts';
import { bytes } from '../../numbers/format.ts';

export const budgetSize: Check = {
  id: 'budget/size',
  summary: 'the graphs of a precision are no larger than allowed',
  remedy:
    'Export in fp16 or int8, train a smaller network, or raise bytes in latentkit.config.json.',
  needs: ['card/valid'],
  async run(model) {
    const budget = model.settings.bytes;
    const sizes = new Map<Precision, number>();
    for (const { precision, file } of await model.graphs()) {
      const size = (await model.bytes(file).catch(() => new Uint8Array())).length;
      sizes.set(precision, (sizes.get(precision) ?? 0) + size);
    }
    const measured = Object.fromEntries(sizes);
    if (budget === undefined) return { skipped: 'no budget is set (bytes)', measured };
    const findings = [...sizes]
      .filter(([, size]) => size > budget)
      .map(([precision, size]) =>
        error(`the ${precision} graphs take ${bytes(size)}; ${bytes(budget)} are allowed`),
      );
    return { findings, measured };
  },
};
