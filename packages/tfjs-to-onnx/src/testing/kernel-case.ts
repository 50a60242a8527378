import type { TensorFunction } from '../source/normal-source.ts';
import type { InputSpecs } from '../trace/inputs.ts';
import type { Tolerance } from '../verify/compare.ts';

/** A function whose export is verified, and the kernels that it is a test of. */
export interface KernelCase {
  readonly name: string;
  readonly kernels: readonly string[];
  readonly fn: TensorFunction;
  readonly inputs: InputSpecs;
  /** Default 13, 17 and 22: the ends of the range and the default. */
  readonly opsets?: readonly number[];
  readonly tolerance?: Partial<Tolerance>;
}

export const OPSETS_TESTED = [13, 17, 22] as const;
/** Where what is scattered is added up. */
export const OPSETS_WITH_ADDING = [16, 17, 22] as const;

/** A case at one of its opsets. */
export interface CaseAtOpset {
  readonly item: KernelCase;
  readonly opset: number;
  /** Whether `npm test` takes it: of each case one opset, in turn. */
  readonly quick: boolean;
}

export function atOpsets(cases: readonly KernelCase[]): CaseAtOpset[] {
  return cases.flatMap((item, at) =>
    (item.opsets ?? OPSETS_TESTED).map((opset, i, all) => ({
      item,
      opset,
      quick: i === at % all.length,
    })),
  );
}
