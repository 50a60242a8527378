/** The child process of the fuzz tests: judges one case at a time, and tells what it took. */
import { LatentkitError, parseCard } from '@latentkit/core';
import {
  checkModel,
  inferShapes,
  OnnxError,
  optimize,
  printModel,
  readModel,
  toFloat16,
  toInt8,
  writeModel,
} from '@latentkit/onnx';
import type { FuzzCase } from './cases.ts';

export interface Verdict {
  /** `typed`: refused by an error of ours; `right`: it went through; else what was thrown. */
  outcome: string;
  milliseconds: number;
  /** The most memory the process ever held, in MiB. */
  peak: number;
}

function judgeModel(bytes: Uint8Array): 'typed' | 'right' {
  checkModel(bytes);
  const model = readModel(bytes);
  inferShapes(model);
  printModel(model);
  writeModel(model);
  for (const change of [optimize, toFloat16, toInt8]) {
    const result = change(model);
    writeModel('model' in result ? result.model : result);
  }
  return 'right';
}

/** Faults on purpose, with which a test shows that the judge sees what it should see. */
const PLANTED: Record<string, () => void> = {
  hangs: () => {
    for (;;) Math.random();
  },
  crashes: () => process.abort(),
  exits: () => process.exit(0),
  'is slow': () => {
    const end = performance.now() + 2500;
    while (performance.now() < end) Math.random();
  },
  // Twice the limit: growth counts from the highest that the start reached, which may be above what is held now.
  'fills memory': () => void Buffer.alloc(2 ** 30, 1),
  'fills the heap': () => {
    const kept: number[][] = [];
    for (;;) kept.push(new Array<number>(2 ** 20).fill(kept.length));
  },
  'throws an error of nobody': () => {
    throw new TypeError('planted');
  },
  'throws a string': () => {
    throw 'planted';
  },
  'recurses for ever': function recurse(): void {
    recurse();
  },
  'is right': () => {},
};

function judge({ kind, bytes }: FuzzCase): string {
  try {
    if (kind === 'model') return judgeModel(bytes);
    if (kind === 'planted') {
      PLANTED[new TextDecoder().decode(bytes)]?.();
      return 'right';
    }
    parseCard(new TextDecoder().decode(bytes));
    return 'right';
  } catch (error) {
    if (OnnxError.isInstance(error) || LatentkitError.isInstance(error)) return 'typed';
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

process.on('message', (each: FuzzCase) => {
  const start = performance.now();
  const outcome = judge(each);
  const verdict: Verdict = {
    outcome,
    milliseconds: performance.now() - start,
    peak: process.resourceUsage().maxRSS / 1024,
  };
  process.send?.(verdict);
});
process.send?.('ready');
