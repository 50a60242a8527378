import { op } from './wasm-writer.ts';

/** Runs a body, which moves the position on, while that, without a sign, is below what `end` puts on the stack. */
export function whileBelow(
  position: number,
  end: readonly number[],
  body: readonly number[],
): number[] {
  return [
    ...[...op.block, ...op.loop],
    ...[...op.get(position), ...end, ...op.i32GeU, ...op.branchIf(1)],
    ...[...body, ...op.branch(0), ...op.end, ...op.end],
  ];
}
