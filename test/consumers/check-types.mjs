/**
 * How the doors of packed packages resolve, with which types, for every kind of importer:
 *
 *     node check-types.mjs '[["package.tgz", ["entrypoint that is no module", …]], …]'
 *
 * prints a list of `{ entries, problems }`. TypeScript's resolution for Node 10, which knows no `exports`, is left
 * aside.
 */
import { readFileSync } from 'node:fs';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';

const found = [];
for (const [tarball, excludeEntrypoints] of JSON.parse(process.argv[2])) {
  const pack = createPackageFromTarballData(new Uint8Array(readFileSync(tarball)));
  const { entrypoints = {}, problems = [] } = await checkPackage(pack, { excludeEntrypoints });
  found.push({
    entries: Object.keys(entrypoints),
    problems: problems
      .filter(({ resolutionKind }) => resolutionKind !== 'node10')
      .map((problem) => {
        const { kind, entrypoint, resolutionKind, typesFileName } = problem;
        return [kind, entrypoint ?? typesFileName, resolutionKind].filter(Boolean).join(' ');
      }),
  });
}
console.log(JSON.stringify(found));
