import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { typedProgram } from '../consumers/typed-program.ts';
import type { MatrixCase } from './case.ts';
import { toolVersions } from './tools.ts';

const PACKAGES_FOLDER = resolve(import.meta.dirname, '../../packages');
/** Whose types need nothing but what they install. Those of tfjs have errors of their own, as the page says (report.ts). */
const PACKAGES = ['core', 'node', 'web', 'data', 'onnx', 'check', 'explorer'];

const PROGRAM = typedProgram('node');
const WRONG = `
import { loadAutoencoder } from '@latentkit/node';
export const wrong = loadAutoencoder('model', { device: 'quantum' });
`;

/** Every door of a package that has types, by how it may be reached. */
function doorsOf(folder: string): { name: string; common: boolean }[] {
  const { name, exports } = JSON.parse(
    readFileSync(join(PACKAGES_FOLDER, folder, 'package.json'), 'utf8'),
  ) as { name: string; exports: Record<string, unknown> };
  return Object.entries(exports)
    .filter(([, target]) => /\.d\.[cm]ts/.test(JSON.stringify(target)))
    .map(([door, target]) => ({
      name: join(name, door),
      common: JSON.stringify(target).includes('.d.cts'),
    }));
}

/** The oldest compiler that the declarations are for. */
const OLDEST = '5.4.5';

function typesCase(
  module: string,
  moduleResolution: string,
  compiler = toolVersions('typescript'),
): MatrixCase {
  const oldest = compiler['typescript'] === OLDEST;
  return {
    name: `TypeScript${oldest ? ', the oldest' : ''}, ${moduleResolution}`,
    group: 'Types',
    does: `strict, without skipLibCheck: every door of ${PACKAGES.length} packages, and a mistake that is found`,
    tools: compiler,
    async run(workshop) {
      const missing = PACKAGES.filter((name) => !readdirSync(PACKAGES_FOLDER).includes(name));
      if (missing.length > 0) throw new Error(`There are no packages ${missing.join(', ')}.`);
      const project = await workshop.project(oldest ? 'types-oldest' : 'types', PACKAGES, {
        dependencies: { ...toolVersions('@types/node'), ...compiler },
      });
      const doors = PACKAGES.flatMap(doorsOf);
      const imports = (names: typeof doors) =>
        names.map(({ name }, i) => `export * as door${i} from '${name}';`).join('\n');
      const files: Record<string, string> = {
        'program.mts': PROGRAM,
        'doors.mts': imports(doors),
        'wrong.mts': WRONG,
      };
      if (module !== 'esnext') {
        files['program.cts'] = PROGRAM;
        files['doors.cts'] = imports(doors.filter(({ common }) => common));
      }
      const folder = `types-${moduleResolution}`;
      for (const [name, text] of Object.entries(files)) {
        await project.write(`${folder}/${name}`, text);
      }
      const compilerOptions = {
        ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false },
        ...{ noEmit: true, target: 'es2022', types: ['node'], module, moduleResolution },
        lib: ['ES2023', 'ESNext.Disposable', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'],
      };
      await project.write(
        `${folder}/tsconfig.json`,
        JSON.stringify({ compilerOptions, files: Object.keys(files) }),
      );
      const complaint = await project
        .node('node_modules/typescript/bin/tsc', '-p', folder, '--pretty', 'false')
        .then(
          () => '',
          (error: Error) => error.message,
        );
      const errors = complaint.match(/^.*error TS.*$/gm) ?? [];
      const found = /wrong\.mts[\s\S]*'"quantum"' is not assignable/.test(complaint);
      if (errors.length !== 1 || !found) {
        throw new Error(`One error was expected, in wrong.mts; there were:\n${complaint}`);
      }
    },
  };
}

/** The libraries of a page's program, and of a worker's, as bundlers' templates name them: no more than these. */
const BROWSER_LIBRARIES = [
  ['ES2023', 'DOM'],
  ['ES2023', 'WebWorker'],
];

function browserTypesCase(compiler = toolVersions('typescript')): MatrixCase {
  const oldest = compiler['typescript'] === OLDEST;
  return {
    name: `TypeScript${oldest ? ', the oldest' : ''}, pages and workers`,
    group: 'Types',
    does: 'strict, without skipLibCheck: every door of core and web with the libraries ES2023 and DOM, or WebWorker, alone',
    tools: compiler,
    async run(workshop) {
      const project = await workshop.project(
        oldest ? 'types-of-pages-oldest' : 'types-of-pages',
        ['core', 'web'],
        { dependencies: compiler },
      );
      const doors = ['core', 'web'].flatMap(doorsOf);
      const text = doors.map(({ name }, i) => `export * as door${i} from '${name}';`).join('\n');
      for (const lib of BROWSER_LIBRARIES) {
        const folder = `types-${lib[1]}`;
        const compilerOptions = {
          ...{ strict: true, skipLibCheck: false, noEmit: true, target: 'es2022', types: [], lib },
          ...{ module: 'esnext', moduleResolution: 'bundler' },
        };
        await project.write(`${folder}/doors.ts`, text);
        await project.write(
          `${folder}/tsconfig.json`,
          JSON.stringify({ compilerOptions, files: ['doors.ts'] }),
        );
        await project.node('node_modules/typescript/bin/tsc', '-p', folder, '--pretty', 'false');
      }
    },
  };
}

export const typeCases = [
  browserTypesCase(),
  browserTypesCase({ typescript: OLDEST }),
  typesCase('node16', 'node16'),
  typesCase('nodenext', 'nodenext'),
  typesCase('esnext', 'bundler'),
  typesCase('nodenext', 'nodenext', { typescript: OLDEST }),
];
