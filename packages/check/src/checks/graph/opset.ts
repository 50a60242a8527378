import { type Check, error } from '../../check.ts';
import { eachGraph } from './per-graph.ts';

export const graphOpset: Check = {
  id: 'graph/opset',
  summary: 'the operator set is one of those allowed, and the recorded one',
  remedy:
    'Export with an operator set that is allowed (of torch.onnx.export: opset_version=22), set opset in latentkit.config.json, or record the model again.',
  needs: ['graph/readable'],
  async run(model) {
    const record = await model.record();
    const [least, most] = model.settings.opset;
    return eachGraph(model, async ({ file }) => {
      const opset = (await model.model(file)).opsets.get('') ?? 1;
      const recorded = record?.graphs[file]?.opset;
      if (opset < least || opset > most) {
        return [error(`operator set ${opset}; ${least} to ${most} are allowed`, file)];
      }
      return recorded === undefined || recorded === opset
        ? []
        : [error(`operator set ${opset}; ${recorded} was recorded`, file)];
    });
  },
};
