import { defineConfig } from 'tsdown';
import { nodePackage } from '../../scripts/node-package.ts';

const doors = { ...nodePackage, entry: ['src/index.ts', 'src/options.ts'], dts: true };

export default defineConfig([
  { ...doors, format: ['esm'] },
  {
    ...doors,
    format: ['cjs'],
    clean: false,
    // ES modules alone, which Jest's own environment cannot require.
    deps: { alwaysBundle: [...nodePackage.deps.alwaysBundle, /^hyparquet/] },
    outputOptions: (options, format) => ({
      ...nodePackage.outputOptions(options, format),
      // What both doors share lies beside them: the one of options need not load the whole.
      codeSplitting: {
        groups: [{ name: 'shared', test: /(?<!\.d)\.[cm]?[jt]s$/, minShareCount: 2 }],
      },
    }),
  },
]);
