import type { Check } from '../finding.ts';

/** TensorFlow.js on WebAssembly: what trains where ONNX Runtime's native library does not load. */
export const webAssembly: Check = {
  name: 'WebAssembly',
  vital: false,
  run: async () => {
    const { chooseEngine } = await import('@latentkit/training');
    await chooseEngine({ engine: 'tfjs', backend: 'wasm' });
    return { health: 'ok', says: 'trains where ONNX Runtime cannot (--engine tfjs)' };
  },
};
