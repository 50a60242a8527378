import { defineConfig } from 'tsdown';
import { nodePackage } from '../../scripts/node-package.ts';

/** ES modules alone, which Jest's own environment cannot require: compiled into the door for CommonJS. */
const ES_MODULES = ['hyparquet', 'hyparquet-writer'];

/** A package, and the doors below its name. */
const partsOf = (name: string) => new RegExp(`^${name}(/|$)`);

/** The map of the build says nothing of libraries: it holds no sources, and theirs are nobody's here to mend. */
const unmapped = {
  name: 'unmapped-libraries',
  transform: (code: string, id: string) =>
    id.includes('/node_modules/') && /\.m?js$/.test(id) ? { code, map: { mappings: '' } } : null,
};

const doors = { ...nodePackage, entry: ['src/index.ts', 'src/options.ts'], dts: true };

export default defineConfig([
  { ...doors, format: ['esm'] },
  {
    ...doors,
    format: ['cjs'],
    clean: false,
    plugins: [unmapped],
    deps: { alwaysBundle: [...nodePackage.deps.alwaysBundle, ...ES_MODULES.map(partsOf)] },
    copy: ES_MODULES.map((name) => ({
      from: `../../node_modules/${name}/LICENSE`,
      to: 'dist/licenses',
      rename: `${name}-LICENSE`,
    })),
    outputOptions: (options, format) => ({
      ...nodePackage.outputOptions(options, format),
      // What both doors share lies beside them: the one of options need not load the whole.
      codeSplitting: {
        groups: [{ name: 'shared', test: /(?<!\.d)\.[cm]?[jt]s$/, minShareCount: 2 }],
      },
    }),
  },
]);
