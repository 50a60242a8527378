import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as ts from 'typescript';

const ROOT = resolve(__dirname, '..');

type Target = string | { readonly [condition: string]: Target };

/** A way into a package: `@latentkit/web/wasm`, and the source that it leads to. */
export interface Door {
  readonly name: string;
  readonly file: string;
}

/** All packages, by their folders. */
export const PACKAGES = [
  ...readdirSync(join(ROOT, 'packages')).map((name) => `packages/${name}`),
  'training',
];

/** The doors that a package has for code, by the `exports` of its package.json. */
export function doorsOf(folder: string): Door[] {
  const { name, exports } = JSON.parse(
    readFileSync(join(ROOT, folder, 'package.json'), 'utf8'),
  ) as { name: string; exports: Record<string, Target> };
  return Object.entries(exports).flatMap(([path, target]) => {
    const source = typeof target === 'object' ? target['latentkit-source'] : target;
    return typeof source === 'string' && source.endsWith('.ts')
      ? [{ name: name + path.slice(1), file: join(ROOT, folder, source) }]
      : [];
  });
}

export interface Exported {
  readonly values: readonly string[];
  readonly types: readonly string[];
}

/**
 * The names that a source exports, types apart. Doors list what they export, so that reading them is enough:
 * `export *` is followed into files of the package, and is an error where it leads to another package.
 */
export function exportedBy(file: string): Exported {
  const values: string[] = [];
  const types: string[] = [];
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  for (const statement of source.statements) {
    if (!ts.isExportDeclaration(statement)) continue;
    const { exportClause: clause, moduleSpecifier: from } = statement;
    if (clause && ts.isNamedExports(clause)) {
      for (const { name, isTypeOnly } of clause.elements) {
        (statement.isTypeOnly || isTypeOnly ? types : values).push(name.text);
      }
      continue;
    }
    const path = from && ts.isStringLiteral(from) ? from.text : '';
    if (clause || !path.startsWith('.')) {
      throw new Error(`${file} exports all of '${path}': a door lists what it exports`);
    }
    const inside = exportedBy(resolve(file, '..', path));
    values.push(...inside.values);
    types.push(...inside.types);
  }
  return { values: values.sort(), types: types.sort() };
}
