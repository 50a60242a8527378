import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ROOT, scratchFolder } from './run-command.ts';

/** Our packages that the command loads, by their folders. */
const OURS: Readonly<Record<string, string>> = {
  latentkit: 'packages/cli',
  '@latentkit/check': 'packages/check',
  '@latentkit/core': 'packages/core',
  '@latentkit/data': 'packages/data',
  '@latentkit/node': 'packages/node',
  '@latentkit/onnx': 'packages/onnx',
  '@latentkit/tfjs-to-onnx': 'packages/tfjs-to-onnx',
  '@latentkit/training': 'training',
};

export interface Damage {
  /** Packages that are missing. */
  readonly without?: readonly string[];
  /** Packages that are something else: their files. */
  readonly instead?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/**
 * A folder with the built command and all that it needs, but for what is damaged: our packages are copies, those of
 * others are links to the repository's.
 *
 * @returns the path of the command's program
 */
export async function damagedInstallation({ without = [], instead = {} }: Damage): Promise<string> {
  const modules = join(await scratchFolder(), 'node_modules');
  for (const [name, folder] of Object.entries(OURS)) {
    await cp(join(ROOT, folder), join(modules, name), {
      recursive: true,
      filter: (path) => !/[\\/](src|node_modules)$|\.map$/.test(path),
    });
    // Versions that this package alone has.
    const own = join(ROOT, folder, 'node_modules');
    if (existsSync(own)) await symlink(own, join(modules, name, 'node_modules'));
  }
  for (const name of await othersPackages()) {
    const target = join(modules, name);
    await mkdir(dirname(target), { recursive: true });
    await symlink(join(ROOT, 'node_modules', name), target);
  }
  for (const name of [...without, ...Object.keys(instead)]) {
    await rm(join(modules, name), { recursive: true, force: true });
  }
  for (const [name, files] of Object.entries(instead)) {
    for (const [path, content] of Object.entries(files)) {
      const file = join(modules, name, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
    }
  }
  return join(modules, 'latentkit/bin/latentkit.mjs');
}

/** What is installed for the repository, our own packages aside. */
async function othersPackages(): Promise<string[]> {
  const folder = join(ROOT, 'node_modules');
  const entries = (await readdir(folder)).filter((name) => !/^\.|^@?latentkit$/.test(name));
  const names = entries.map(async (name) =>
    name.startsWith('@')
      ? (await readdir(join(folder, name))).map((inner) => `${name}/${inner}`)
      : [name],
  );
  return (await Promise.all(names)).flat();
}
