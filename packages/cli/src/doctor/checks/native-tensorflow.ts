import { type Check, findingOf } from '../finding.ts';

/** tfjs-node, which nobody needs: what matters is one that is there and does not work. */
export const nativeTensorFlow: Check = {
  name: 'tfjs-node',
  vital: false,
  run: async () => {
    const { chooseEngine } = await import('@latentkit/training');
    try {
      await chooseEngine({ engine: 'tfjs', backend: 'tfjs-node' });
      return { health: 'ok', says: 'native TensorFlow works (--backend tfjs-node)' };
    } catch (error) {
      const finding = findingOf('warning', error);
      if (!/is not installed|without its native half/.test(finding.says)) return finding;
      return { health: 'ok', says: 'not set up, and not needed: training is compiled without it' };
    }
  },
};
