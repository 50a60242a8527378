import { checkList, checkObject } from '@latentkit/core/runtime';
import { printDiff } from '@latentkit/onnx';
import { bytes, short } from '../numbers/format.ts';
import type { FilesDiff } from './diff-files.ts';
import { type GraphDiff, UNLIKE } from './diff-graphs.ts';

/** A difference for people; its last line says whether the second may replace the first. */
export function printFilesDiff(diff: FilesDiff, before: string, after: string): string {
  checkObject('diff', diff, 'a difference, as diffFiles gives it');
  const { contract, graphs, verdict } = diff;
  checkList('diff.contract', contract);
  checkObject('diff.graphs', graphs);
  const fields = contract.map(
    ({ field, before: was, after: is }) =>
      `- ${field}: ${JSON.stringify(was)}\n+ ${field}: ${JSON.stringify(is)}`,
  );
  const parts = Object.entries(graphs).map(
    ([name, graph]) => `${name}\n${indent(graphText(graph))}`,
  );
  const may = verdict.replaces ? 'may' : 'may not';
  return [...fields, ...parts, `${after} ${may} replace ${before}: ${verdict.reason}.`].join('\n');
}

function graphText({ structure, bytes: size, outputs, latency, problem }: GraphDiff): string {
  const lines = [
    shortened(printDiff(structure).trimEnd()),
    `size: ${bytes(size.before)} → ${bytes(size.after)}`,
  ];
  for (const [name, { error, cosine, recall }] of Object.entries(outputs)) {
    const more = [
      Number.isNaN(error) ? UNLIKE : `largest error ${short(error)}`,
      ...(cosine === undefined ? [] : [`cosine ${short(cosine)}`]),
      ...(recall === undefined ? [] : [`recall@10 ${short(recall)}`]),
    ];
    lines.push(`output ${name}: ${more.join(', ')}`);
  }
  if (latency !== undefined) lines.push(`time: ${short(latency)} of the first`);
  if (problem !== undefined) lines.push(`not run: ${problem}`);
  return lines.join('\n');
}

/** Lines of a list that are read; two architectures differ in hundreds. */
const SHOWN = 20;

function shortened(text: string): string {
  const lines = text.split('\n');
  const more = lines.length - SHOWN;
  if (more <= 1) return text;
  return [...lines.slice(0, SHOWN), `… and ${more} more lines (--json has all)`].join('\n');
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}
