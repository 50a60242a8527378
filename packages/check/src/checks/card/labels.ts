import { type Check, error } from '../../check.ts';

export const cardLabels: Check = {
  id: 'card/labels',
  summary: 'the card names as many labels as the graphs take, each once',
  remedy: 'Name the labels of the training data, in the order of the one-hot input y.',
  needs: ['card/valid', 'graph/readable'],
  async run(model) {
    const { condition } = await model.card();
    if (!condition) return { skipped: 'the model has no condition' };
    const { labels } = condition;
    const findings = [];
    const twice = labels.filter((label, i) => labels.indexOf(label) !== i);
    if (twice.length > 0)
      findings.push(error(`labels named twice: ${twice.join(', ')}`, 'model.json'));
    for (const { file } of await model.graphs()) {
      const { graph } = await model.model(file);
      const y = graph.inputs.find(({ name }) => name === 'y')?.type;
      const width = y?.kind === 'tensor' ? y.shape?.at(-1) : undefined;
      if (typeof width === 'number' && width !== labels.length) {
        findings.push(error(`the card names ${labels.length} labels, y is ${width} wide`, file));
      }
    }
    return { findings };
  },
};
