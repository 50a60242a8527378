import { type Check, error, type Finding } from '../../check.ts';
import { extremeInputs } from './extreme-inputs.ts';

export const outputsFinite: Check = {
  id: 'outputs/finite',
  summary: 'inputs at the ends of their range give finite outputs, in every precision',
  remedy: 'Clip log_var as in training, and keep in float32 what overflows in fp16 (beyond 65504).',
  needs: ['graph/inputs', 'graph/outputs', 'graph/shape', 'graph/strict', 'weights/finite'],
  async run(model) {
    const card = await model.card();
    const findings: Finding[] = [];
    for (const { graph, file } of await model.graphs()) {
      try {
        const outputs = await (await model.runner(file)).run(extremeInputs(card, graph));
        for (const [name, { data }] of Object.entries(outputs)) {
          const bad = Array.from(data as Float32Array).find(
            (value) => !Number.isFinite(Number(value)),
          );
          if (bad !== undefined)
            findings.push(error(`'${name}' is ${bad} at the ends of the inputs`, file));
        }
      } catch (problem) {
        findings.push(error((problem as Error).message, file));
      }
    }
    return { findings };
  },
};
