import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const ROOT = resolve(import.meta.dirname, '../..');
/** Installations of the tarballs, by what is in them: suites after the first copy it, which takes a second. */
const INSTALLED = join(ROOT, 'node_modules/.cache/consumers');
const run = promisify(execFile);

export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

export interface ConsumerOptions {
  /** Packages of others that are installed as well: exact versions by name. */
  readonly dependencies?: Readonly<Record<string, string>>;
  /** Whether install scripts run; they do not by default. */
  readonly scripts?: boolean;
  /** The project's .npmrc. */
  readonly npmrc?: string;
}

/** A project outside the repository, into which packed tarballs of ours were installed. */
export interface ConsumerProject {
  readonly folder: string;
  write(path: string, content: string | Uint8Array): Promise<void>;
  copy(from: string, to: string): Promise<void>;
  /** Runs a script with Node in the project. @throws Error with all of its output */
  node(...args: string[]): Promise<Output>;
  /** Runs any program in the project. @throws Error with all of its output */
  exec(command: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Output>;
  remove(): Promise<void>;
}

/**
 * Packs packages as for publishing, and installs the tarballs into an empty project.
 *
 * @param packages folders of `packages/`
 */
export async function createConsumer(
  packages: readonly string[],
  options: ConsumerOptions = {},
): Promise<ConsumerProject> {
  const root = await mkdtemp(join(tmpdir(), 'latentkit-consumer-'));
  const folder = join(root, 'project');
  const project: ConsumerProject = {
    folder,
    async write(path, content) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
    },
    copy: (from, to) => cp(join(folder, from), join(folder, to)),
    node: (...args) => exec(process.execPath, args, folder),
    exec: (command, args, env) => exec(command, args, folder, env),
    remove: () => rm(root, { recursive: true, force: true }),
  };
  try {
    const tarballs = await pack(packages, root);
    if (Object.keys(options).length === 0) await copyInstalled(tarballs, folder);
    else await install(tarballs, folder, options);
    return project;
  } catch (error) {
    await project.remove();
    throw error;
  }
}

async function pack(packages: readonly string[], folder: string): Promise<string[]> {
  const folders = packages.map((name) => join(ROOT, 'packages', name));
  const { stdout } = await exec('npm', ['pack', '--json', ...folders], folder);
  const packed = JSON.parse(stdout) as { filename: string }[];
  return packed.map(({ filename }) => join(folder, filename));
}

async function install(
  tarballs: readonly string[],
  folder: string,
  { dependencies = {}, scripts = false, npmrc }: ConsumerOptions = {},
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'consumer', version: '1.0.0', private: true }),
  );
  if (npmrc !== undefined) await writeFile(join(folder, '.npmrc'), npmrc);
  const flags = [`--ignore-scripts=${!scripts}`, '--no-audit', '--no-fund', '--prefer-offline'];
  const others = Object.entries(dependencies).map(([name, version]) => `${name}@${version}`);
  await exec('npm', ['install', '--save-exact', ...flags, ...tarballs, ...others], folder);
}

/** The installation of these very tarballs, made by whoever needs it first. */
async function copyInstalled(tarballs: readonly string[], folder: string): Promise<void> {
  const hash = createHash('sha256');
  for (const tarball of tarballs) hash.update(basename(tarball)).update(await readFile(tarball));
  const name = `${tarballs.length}-${hash.digest('hex').slice(0, 16)}`;
  const kept = join(INSTALLED, name);
  if (!existsSync(kept)) {
    await mkdir(INSTALLED, { recursive: true });
    const made = await mkdtemp(join(INSTALLED, '.new-'));
    await install(tarballs, made);
    // Somebody else may have been quicker.
    await rename(made, kept).catch(() => rm(made, { recursive: true }));
    await removeOthers(name, tarballs.length);
  }
  await cp(kept, folder, {
    recursive: true,
    verbatimSymlinks: true,
    mode: constants.COPYFILE_FICLONE,
  });
}

/** Those of earlier builds take a few hundred MB each. */
async function removeOthers(name: string, count: number): Promise<void> {
  for (const other of await readdir(INSTALLED)) {
    if (other === name || !other.startsWith(`${count}-`)) continue;
    await rm(join(INSTALLED, other), { recursive: true, force: true });
  }
}

async function exec(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<Output> {
  try {
    return await run(command, args, {
      cwd,
      env: { ...environment(), ...env },
      maxBuffer: 2 ** 26,
    });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as Partial<Output>;
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
}

/** What npm tells the scripts that it runs would have the npm in the project work on the repository. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^npm_(config_local_prefix|package_|lifecycle_|command|execpath)/.test(name),
    ),
  );
}
