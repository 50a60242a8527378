import { arch, cpus, platform } from 'node:os';
import type { MatrixCase } from './case.ts';

/** What came of a case. */
export interface Result {
  readonly outcome: 'ok' | 'failed' | 'not here';
  /** Of a failure, or why it cannot be tried. */
  readonly reason?: string;
  /** What of this machine it was done with. */
  readonly here?: string | undefined;
  readonly seconds: number;
}

const MARKS = { ok: 'ok', failed: '**failed**', 'not here': 'not tried' } as const;

/** The page of the documentation: what was tried, with what, and what came of it. */
export function compatibilityPage(results: readonly (readonly [MatrixCase, Result])[]): string {
  const groups = [...new Set(results.map(([{ group }]) => group))];
  const tables = groups.map((group) => {
    const rows = results.filter(([matrixCase]) => matrixCase.group === group).map(row);
    return [`## ${group}`, '', '| | with | what is done | |', '|---|---|---|---|', ...rows].join(
      '\n',
    );
  });
  const processor = cpus()[0]?.model.trim() ?? 'an unknown processor';
  return [
    '# Where it runs',
    '',
    'Each line was tried from the packages as they are published, installed in a folder that has nothing else; a program',
    'must give the right vectors, end by itself with code 0 and write nothing to stderr, a page must do the same in Chromium,',
    'and where it says so in Firefox, without a line in its console. `npm run test:matrix` tries all of them, `-- --only NAME` some.',
    `This page was written by it, on ${platform()}-${arch()} with Node ${process.versions.node} (${processor}).`,
    '',
    'ES modules alone, which `require` loads from Node 20.19 on: `latentkit`, `@latentkit/explorer`, and',
    "`@latentkit/training/browser`. TypeScript's `moduleResolution: node10`, which knows no `exports`, finds the main door",
    'of a package and no other.',
    '',
    'TypeScript without `skipLibCheck` finds errors in declarations that are not ours where a program imports',
    '`@latentkit/tfjs-to-onnx` or `@latentkit/training`, whose types are those of TensorFlow.js (TS2420 and TS2411 in',
    '`@tensorflow/tfjs-layers`): such a program needs `skipLibCheck: true`. TypeScript 5.4 is the oldest that is tried.',
    '',
    'A route of Next.js needs the configuration in the [README of `@latentkit/node`](../packages/node/README.md): a standalone',
    'server leaves onnxruntime-node out without it. The case below is built with that text.',
    '',
    tables.join('\n\n'),
    '',
  ].join('\n');
}

/** The page with the lines of some cases written anew. */
export function withResults(
  page: string,
  results: readonly (readonly [MatrixCase, Result])[],
): string {
  const rows = new Map(results.map((result) => [result[0].name, row(result)]));
  const written = page.split('\n').map((line) => {
    const [, name] = /^\| (.*?) \| /.exec(line) ?? [];
    return rows.get(name ?? '') ?? line;
  });
  return written.join('\n');
}

function row([{ name, tools = {}, does }, { outcome, reason, here }]: readonly [
  MatrixCase,
  Result,
]) {
  const versions = Object.entries(tools).map(([tool, version]) => `${tool} ${version}`);
  const told = outcome === 'not here' ? `: ${reason}` : here === undefined ? '' : `, with ${here}`;
  const mark = `${MARKS[outcome]}${told}`;
  return `| ${name} | ${versions.join(', ')} | ${does} | ${mark.replaceAll('|', '\\|')} |`;
}
