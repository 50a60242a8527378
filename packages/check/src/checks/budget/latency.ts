import { type Check, error } from '../../check.ts';
import { measureEncoder } from '../../model/latency.ts';
import { short } from '../../numbers/format.ts';

const NEEDS = ['golden/shapes', 'card/hash', 'graph/strict', 'graph/shape'] as const;

/** What the typed API costs over the session that it runs. */
export const budgetLatency: Check = {
  id: 'budget/latency',
  summary: 'encoding through the typed API takes little more than ONNX Runtime alone',
  remedy:
    'Measure again on a quiet machine; raise latency in latentkit.config.json for very small graphs.',
  needs: NEEDS,
  async run(model) {
    const { latency } = model.settings;
    if (latency === undefined) return { skipped: 'no budget is set (latency)' };
    const { inSessions } = await measureEncoder(model);
    const message = `64 items take ${short(inSessions)} times as long as the bare session; ${latency} are allowed`;
    return {
      findings: inSessions <= latency ? [] : [error(message)],
      measured: { 'times the bare session': inSessions },
    };
  },
};

/** What the encoder takes beside what it took when it was recorded. */
export const budgetSlowdown: Check = {
  id: 'budget/slowdown',
  summary: 'the encoder has not become slower than recorded',
  remedy:
    'latentkit diff shows which nodes were added; record the model again where it is meant to be larger.',
  needs: NEEDS,
  async run(model) {
    const { slowdown } = model.settings;
    if (slowdown === undefined) return { skipped: 'no budget is set (slowdown)' };
    const recorded = (await model.record())?.latency;
    if (recorded === undefined)
      return { skipped: 'nothing is recorded (latentkit check --update)' };
    const { inProducts } = await measureEncoder(model);
    const ratio = inProducts / recorded;
    const message = `the encoder takes ${short(ratio)} times what was recorded; ${slowdown} are allowed`;
    return {
      findings: ratio <= slowdown ? [] : [error(message)],
      measured: { 'times the recorded': ratio },
    };
  },
};
