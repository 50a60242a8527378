import type { Model } from '../ir.ts';
import type { Problems } from '../problem.ts';
import { newestOpset } from '../schema/find-schema.ts';

/** File format versions that are defined so far (ONNX 1.23). */
export const NEWEST_IR = 14;

/** The least IR version for each version of ONNX's own operator set, from the table in ONNX's Versioning.md. */
const LEAST_IR: readonly (readonly [opset: number, ir: number])[] = [
  [28, 14],
  [25, 13],
  [24, 12],
  [23, 11],
  [21, 10],
  [19, 9],
  [15, 8],
  [12, 7],
  [11, 6],
  [10, 5],
  [9, 4],
  [1, 3],
];

/** The least IR version of files with an operator set of ONNX's own. */
export function leastIr(opset: number): number | undefined {
  return LEAST_IR.find(([from]) => opset >= from)?.[1];
}

/** Checks the IR version, the operator sets and how they fit each other. */
export function checkVersions(model: Model, problems: Problems): void {
  const { irVersion, opsets } = model;
  if (irVersion > NEWEST_IR) {
    const message = `The IR version ${irVersion} is newer than the newest known here, ${NEWEST_IR}.`;
    problems.add('known', '', message, 'unknown');
  } else if (irVersion < 1) {
    problems.add('ir-version', '', `The IR version is ${irVersion}, expected 1 to ${NEWEST_IR}.`);
  }
  if (irVersion < 3) {
    if (opsets.size > 0) {
      problems.add('opset-imports', '', `IR ${irVersion} cannot import operator sets; IR 3 can.`);
    }
    return;
  }
  if (opsets.size === 0) {
    problems.add('opset-imports', '', 'The model imports no operator set.');
  }
  for (const [domain, version] of opsets) {
    const name = domain || 'ai.onnx';
    if (version < 1) {
      problems.add('opset-imports', '', `The operator set ${name} has the version ${version}.`);
    }
    const newest = newestOpset(domain);
    if (newest !== undefined && version > newest) {
      const message = `Version ${version} of ${name} is newer than the newest known here, ${newest}; its operators are checked as of then.`;
      problems.add('opset-imports', '', message, 'warning');
    }
  }
  const opset = opsets.get('');
  const least = leastIr(opset ?? 0);
  if (least !== undefined && irVersion < least) {
    const message = `Operator set ${opset} belongs to IR ${least} or later, the model says IR ${irVersion}.`;
    problems.add('opset-ir', '', message, 'warning');
  }
}
