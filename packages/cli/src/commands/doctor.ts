import { fileURLToPath } from 'node:url';
import { formatPlural } from '@latentkit/system';
import type { Command } from 'commander';
import { version } from '../../package.json' with { type: 'json' };
import type { Health, NamedFinding } from '../doctor/finding.ts';
import { EXIT } from '../exit-codes.ts';
import { Exit } from '../failure.ts';
import { interruptible } from '../interrupt.ts';
import type { Io } from '../io.ts';

const EXAMPLES = `
Examples:
  latentkit doctor                     what works here, and what to do about what does not
  latentkit doctor --json | jq -r '.findings[] | select(.health != "ok") | .check'

Looks at Node, ONNX Runtime and its devices, WebAssembly, tfjs-node, sharp, the cache and other folders, free space,
Chromium and optional packages, each in a process of its own that may die or be ended. Nothing is installed, sent or
changed. The exit code is 1 if there is a fault; warnings are slower or missing things that can be done without.`;

export function addDoctor(program: Command, io: Io): void {
  program
    .command('doctor')
    .summary('look at what this machine has, and say what to do about what is missing')
    .description('Look at what this machine has, and say what to do about what is missing.')
    .option('--json', 'print the findings as JSON')
    .addHelpText('after', EXAMPLES)
    .action((flags: { json?: boolean }) =>
      interruptible(io, 'Stopping after this check.', (signal) => doctor(flags, signal, io)),
    );
}

/** Built beside the command. */
const CHILD = fileURLToPath(new URL('doctor-child.mjs', import.meta.url));

async function doctor({ json }: { json?: boolean }, signal: AbortSignal, io: Io): Promise<void> {
  const [{ CHECKS }, { examine }, { describeFinding }] = await Promise.all([
    import('../doctor/checks/index.ts'),
    import('../doctor/examine.ts'),
    import('../doctor/finding.ts'),
  ]);
  const width = Math.max(...CHECKS.map(({ name }) => name.length));
  const findings: NamedFinding[] = [];
  for await (const finding of examine({ program: CHILD, signal })) {
    findings.push(finding);
    if (!json) io.out(describeFinding(finding, width));
  }
  const count = (health: Health) => findings.filter((found) => found.health === health).length;
  const [faults, warnings] = [count('fault'), count('warning')];
  io.out(
    json
      ? JSON.stringify({ version, ok: faults === 0, findings }, null, 2)
      : `\nlatentkit ${version}: ${formatPlural(faults, 'fault')}, ${formatPlural(warnings, 'warning')}`,
  );
  if (faults > 0) throw new Exit(EXIT.failure);
}
