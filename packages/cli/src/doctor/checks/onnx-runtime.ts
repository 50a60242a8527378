import { requireHere } from '@latentkit/system/ort';
import type { Check } from '../finding.ts';

/** Whether ONNX Runtime's native library loads and opens a graph. */
export const onnxRuntime: Check = {
  name: 'ONNX Runtime',
  vital: true,
  run: async () => {
    const [{ createRunner }, { identityGraph }] = await Promise.all([
      import('@latentkit/node'),
      import('../identity-model.ts'),
    ]);
    const runner = await createRunner(identityGraph());
    await runner.dispose();
    return {
      health: 'ok',
      says: `onnxruntime-node ${installedVersion()}, its native library loads`,
    };
  },
};

/** The version of the copy that @latentkit/node loads. */
function installedVersion(): string {
  const { createRequire } = process.getBuiltinModule('node:module');
  const near = createRequire(requireHere().resolve('@latentkit/node'));
  return (near('onnxruntime-node/package.json') as { version: string }).version;
}
