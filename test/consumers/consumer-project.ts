import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const PACKAGES = resolve(__dirname, '../../packages');
const run = promisify(execFile);

export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** A project outside the repository, into which packed tarballs of ours were installed. */
export interface ConsumerProject {
  readonly folder: string;
  write(path: string, content: string | Uint8Array): Promise<void>;
  copy(from: string, to: string): Promise<void>;
  /** Runs a script with Node in the project. @throws Error with all of its output */
  node(...args: string[]): Promise<Output>;
  remove(): Promise<void>;
}

/** Packs packages as for publishing, and installs the tarballs into an empty project. */
export async function createConsumer(packages: readonly string[]): Promise<ConsumerProject> {
  const root = await mkdtemp(join(tmpdir(), 'latentkit-consumer-'));
  const folder = join(root, 'project');
  const exec = async (command: string, args: readonly string[], cwd: string): Promise<Output> => {
    try {
      return await run(command, args, { cwd, env: environment() });
    } catch (error) {
      const { stdout = '', stderr = '' } = error as Partial<Output>;
      throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
    }
  };
  const project: ConsumerProject = {
    folder,
    async write(path, content) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
    },
    copy: (from, to) => cp(join(folder, from), join(folder, to)),
    node: (...args) => exec(process.execPath, args, folder),
    remove: () => rm(root, { recursive: true, force: true }),
  };
  try {
    await project.write('package.json', '{ "private": true }');
    const folders = packages.map((name) => join(PACKAGES, name));
    const { stdout } = await exec('npm', ['pack', '--json', ...folders], root);
    const tarballs = (JSON.parse(stdout) as { filename: string }[]).map(({ filename }) =>
      join(root, filename),
    );
    const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
    await exec('npm', ['install', ...quiet, ...tarballs], folder);
    return project;
  } catch (error) {
    await project.remove();
    throw error;
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
